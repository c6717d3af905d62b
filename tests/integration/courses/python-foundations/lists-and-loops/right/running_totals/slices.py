def running_totals(distances):
    return [sum(distances[: i + 1]) for i in range(len(distances))]
