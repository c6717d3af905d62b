# fails: test_pace, test_pace_rounding, test_pace_no_distance
def pace(distance_km, minutes):
    if distance_km == 0:
        return None
    seconds_per_km = round(minutes * 60 / distance_km)
    return f"{seconds_per_km // 60}:{seconds_per_km % 60}"
