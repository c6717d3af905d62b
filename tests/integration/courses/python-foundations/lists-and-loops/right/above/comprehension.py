def above(readings, limit):
    return [reading for reading in readings if reading > limit]
