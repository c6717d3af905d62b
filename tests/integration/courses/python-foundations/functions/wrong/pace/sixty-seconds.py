# fails: test_pace_rounding
def pace(distance_km, minutes):
    if distance_km == 0:
        return None
    per_km = minutes / distance_km
    whole = int(per_km)
    seconds = round((per_km - whole) * 60)
    return f"{whole}:{seconds:02d}"
