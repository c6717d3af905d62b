from itertools import accumulate

def running_totals(distances):
    return list(accumulate(distances))
