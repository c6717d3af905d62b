hours = int(film_minutes / 60)
minutes = film_minutes - hours * 60
