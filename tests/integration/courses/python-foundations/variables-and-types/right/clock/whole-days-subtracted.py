def clock(start, hours_later):
    hours = start + hours_later
    arrival = hours - hours // 24 * 24
    return arrival
