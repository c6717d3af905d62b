# fails: test_film_length
hours = round(film_minutes / 60)
minutes = film_minutes - hours * 60
