# fails: test_balance_edges
def balance(transactions):
    total = 0
    for amount in transactions:
        total += amount
    return max(total, 0)
