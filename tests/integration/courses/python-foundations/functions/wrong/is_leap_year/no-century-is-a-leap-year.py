# fails: test_is_leap_year_centuries
def is_leap_year(year):
    return year % 4 == 0 and year % 100 != 0
