# fails: test_above_edges, test_above_keeps
def above(readings, limit):
    for reading in readings:
        if reading <= limit:
            readings.remove(reading)
    return readings
