# fails: test_above_keeps
def above(readings, limit):
    for reading in readings.copy():
        if reading <= limit:
            readings.remove(reading)
    return readings
