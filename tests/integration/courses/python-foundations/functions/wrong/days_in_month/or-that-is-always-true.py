# fails: test_days_in_month, test_days_in_month_all, test_days_in_month_none
def days_in_month(month, year):
    if month < 1 or month > 12:
        return None
    if month == 2:
        if is_leap_year(year):
            return 29
        return 28
    if month == 4 or 6 or 9 or 11:
        return 30
    return 31
