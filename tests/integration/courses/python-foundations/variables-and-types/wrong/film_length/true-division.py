# fails: test_film_length, test_film_length_whole
hours = film_minutes / 60
minutes = film_minutes % 60
