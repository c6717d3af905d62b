# fails: test_running_totals, test_running_totals_edges, test_running_totals_keeps
def running_totals(distances):
    totals = []
    walked = 0
    for i in range(len(distances) - 1):
        walked += distances[i]
        totals.append(walked)
    return totals
