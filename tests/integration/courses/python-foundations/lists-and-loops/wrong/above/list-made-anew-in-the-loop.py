# fails: test_above, test_above_edges, test_above_keeps
def above(readings, limit):
    for reading in readings:
        loud = []
        if reading > limit:
            loud.append(reading)
    return loud
