def balance(transactions):
    return sum(transactions)
