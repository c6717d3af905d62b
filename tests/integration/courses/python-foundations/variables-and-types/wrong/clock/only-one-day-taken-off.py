# fails: test_clock_midnight
def clock(start, hours_later):
    arrival = start + hours_later
    if arrival >= 24:
        arrival = arrival - 24
    return arrival
