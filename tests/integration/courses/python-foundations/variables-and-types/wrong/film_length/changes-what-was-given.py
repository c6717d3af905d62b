# fails: test_film_length_whole
hours = film_minutes // 60
film_minutes = film_minutes - hours * 60
minutes = film_minutes
