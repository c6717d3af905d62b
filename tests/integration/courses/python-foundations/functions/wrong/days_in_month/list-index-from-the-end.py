# fails: test_days_in_month_none
def days_in_month(month, year):
    if month > 12:
        return None
    days = [31, 29 if is_leap_year(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return days[month - 1]
