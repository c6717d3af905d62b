def find_pair(plan):
    for i, row in enumerate(plan, start=1):
        for j, (left, right) in enumerate(zip(row, row[1:]), start=1):
            if left == right == "free":
                return [i, j]
    return None
