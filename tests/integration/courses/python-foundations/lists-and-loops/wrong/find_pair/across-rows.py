# fails: test_find_pair_none
def find_pair(plan):
    before = "taken"
    for i in range(len(plan)):
        for j in range(len(plan[i])):
            if before == "free" and plan[i][j] == "free":
                return [i + 1, j]
            before = plan[i][j]
    return None
