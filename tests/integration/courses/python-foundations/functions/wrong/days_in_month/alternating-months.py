# fails: test_days_in_month_all, test_days_in_month_none
def days_in_month(month, year):
    if month < 1 or month > 12:
        return None
    if month == 2:
        return 29 if is_leap_year(year) else 28
    if month % 2 == 0:
        return 30
    return 31
