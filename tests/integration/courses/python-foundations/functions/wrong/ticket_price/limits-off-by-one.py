# fails: test_ticket_price_limits
def ticket_price(age, is_student=False):
    if age <= 6:
        return 0
    elif age <= 18:
        return 5
    elif is_student:
        return 6
    elif age > 65:
        return 7
    return 10
