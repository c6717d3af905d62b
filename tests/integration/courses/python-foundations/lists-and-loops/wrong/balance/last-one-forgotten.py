# fails: test_balance, test_balance_edges, test_balance_keeps
def balance(transactions):
    total = 0
    for i in range(len(transactions) - 1):
        total += transactions[i]
    return total
