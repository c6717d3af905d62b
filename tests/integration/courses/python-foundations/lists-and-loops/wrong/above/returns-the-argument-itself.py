# fails: test_above_keeps
def above(readings, limit):
    loud = []
    for reading in readings:
        if reading > limit:
            loud.append(reading)
    if len(loud) == len(readings):
        return readings
    return loud
