# fails: test_running_totals_edges
def running_totals(distances):
    totals = [distances[0]]
    for distance in distances[1:]:
        totals.append(totals[-1] + distance)
    return totals
