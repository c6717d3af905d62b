# fails: test_above, test_above_edges, test_above_keeps
def above(readings, limit):
    for reading in readings:
        if reading > limit:
            return [reading]
    return []
