# fails: test_is_leap_year_bool
def is_leap_year(year):
    if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 1
    return 0
