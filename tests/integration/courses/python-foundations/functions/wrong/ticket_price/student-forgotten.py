# fails: test_ticket_price, test_ticket_price_students
def ticket_price(age, is_student=False):
    if age < 6:
        return 0
    if age < 18:
        return 5
    if age >= 65:
        return 7
    return 10
