# fails: test_ticket_price, test_ticket_price_limits, test_ticket_price_students
def ticket_price(age, is_student=False):
    if age < 6:
        print(0)
    elif age < 18:
        print(5)
    elif is_student:
        print(6)
    elif age >= 65:
        print(7)
    else:
        print(10)
