# fails: test_running_totals_edges
def running_totals(distances):
    totals = []
    for distance in distances:
        end = distances.index(distance) + 1
        totals.append(sum(distances[:end]))
    return totals
