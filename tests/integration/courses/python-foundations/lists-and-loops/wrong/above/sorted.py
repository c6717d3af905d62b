# fails: test_above_edges, test_above_keeps
def above(readings, limit):
    loud = []
    for reading in sorted(readings):
        if reading > limit:
            loud.append(reading)
    return loud
