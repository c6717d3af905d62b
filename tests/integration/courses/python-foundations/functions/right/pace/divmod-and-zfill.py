def pace(distance_km, minutes):
    if not distance_km:
        return None
    whole, rest = divmod(round(minutes * 60 / distance_km), 60)
    return str(whole) + ":" + str(rest).zfill(2)
