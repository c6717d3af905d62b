# fails: test_is_leap_year, test_is_leap_year_centuries, test_is_leap_year_bool, test_days_in_month, test_days_in_month_all
def is_leap_year(year):
    if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return "True"
    return "False"
