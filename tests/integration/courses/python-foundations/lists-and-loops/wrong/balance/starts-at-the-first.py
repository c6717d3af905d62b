# fails: test_balance_edges
def balance(transactions):
    total = transactions[0]
    for amount in transactions[1:]:
        total += amount
    return total
