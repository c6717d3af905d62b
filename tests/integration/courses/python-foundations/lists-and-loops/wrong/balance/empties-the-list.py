# fails: test_balance_keeps
def balance(transactions):
    total = 0
    while transactions:
        total += transactions.pop()
    return total
