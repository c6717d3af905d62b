# fails: test_find_pair_places, test_find_pair_none
def find_pair(plan):
    for i in range(len(plan)):
        for j in range(len(plan[i])):
            if plan[i][j] == "free" and plan[i][j - 1] == "free":
                return [i + 1, j]
    return None
