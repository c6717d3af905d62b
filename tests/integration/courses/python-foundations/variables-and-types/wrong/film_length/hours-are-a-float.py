# fails: test_film_length_whole
hours = (film_minutes - 50) / 60
minutes = film_minutes - 120
