# fails: test_pace, test_pace_rounding, test_pace_no_distance
def pace(distance_km, minutes):
    if distance_km == 0:
        return None
    return f"{minutes / distance_km:.2f}"
