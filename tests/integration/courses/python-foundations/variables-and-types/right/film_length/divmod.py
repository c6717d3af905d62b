hours, minutes = divmod(film_minutes, 60)
