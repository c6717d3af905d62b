# fails: test_running_totals, test_running_totals_edges, test_running_totals_keeps
def running_totals(distances):
    totals = []
    walked = 0
    for distance in distances:
        walked += distance
        totals = totals.append(walked)
    return totals
