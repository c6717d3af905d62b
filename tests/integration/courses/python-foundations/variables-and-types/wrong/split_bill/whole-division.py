# fails: test_split_bill, test_split_bill_cents
def split_bill(bill, people):
    share = float(bill) // int(people)
    return share
