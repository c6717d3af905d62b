# fails: test_clock, test_clock_midnight
def clock(start, hours_later):
    arrival = start + hours_later
    return arrival
