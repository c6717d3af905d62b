# fails: test_running_totals, test_running_totals_edges, test_running_totals_keeps
def running_totals(distances):
    totals = [0]
    for distance in distances:
        totals.append(totals[-1] + distance)
    return totals
