# fails: test_find_pair_places
def find_pair(plan):
    for i in range(len(plan)):
        for j in range(len(plan[0]) - 1):
            if plan[i][j] == "free" and plan[i][j + 1] == "free":
                return [i + 1, j + 1]
    return None
