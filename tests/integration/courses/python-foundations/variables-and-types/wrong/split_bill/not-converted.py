# fails: test_split_bill, test_split_bill_cents
def split_bill(bill, people):
    share = bill / people
    return share
