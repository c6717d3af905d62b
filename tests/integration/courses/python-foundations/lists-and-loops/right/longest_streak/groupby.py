from itertools import groupby

def longest_streak(days):
    return max((len(list(run)) for practised, run in groupby(days) if practised), default=0)
