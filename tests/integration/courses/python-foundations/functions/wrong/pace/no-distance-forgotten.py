# fails: test_pace_no_distance
def pace(distance_km, minutes):
    seconds_per_km = round(minutes * 60 / distance_km)
    return f"{seconds_per_km // 60}:{seconds_per_km % 60:02d}"
