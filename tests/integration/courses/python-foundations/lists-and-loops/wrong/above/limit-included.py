# fails: test_above_edges
def above(readings, limit):
    loud = []
    for reading in readings:
        if reading >= limit:
            loud.append(reading)
    return loud
