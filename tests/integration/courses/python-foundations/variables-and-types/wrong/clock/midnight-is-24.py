# fails: test_clock_midnight
def clock(start, hours_later):
    arrival = (start + hours_later - 1) % 24 + 1
    return arrival
