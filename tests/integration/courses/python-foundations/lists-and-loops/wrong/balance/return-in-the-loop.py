# fails: test_balance, test_balance_edges, test_balance_keeps
def balance(transactions):
    total = 0
    for amount in transactions:
        total += amount
        return total
