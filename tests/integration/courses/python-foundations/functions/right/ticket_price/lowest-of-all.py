def ticket_price(age, is_student=False):
    price = 10
    if age >= 65:
        price = 7
    if is_student:
        price = min(price, 6)
    if age < 18:
        price = min(price, 5)
    if age < 6:
        price = 0
    return price
