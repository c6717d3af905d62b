# fails: test_find_pair_places
def find_pair(plan):
    found = None
    for i in range(len(plan)):
        for j in range(len(plan[i]) - 1):
            if plan[i][j] == "free" and plan[i][j + 1] == "free":
                found = [i + 1, j + 1]
    return found
