# fails: test_running_totals_keeps
def running_totals(distances):
    for i in range(1, len(distances)):
        distances[i] += distances[i - 1]
    return distances
