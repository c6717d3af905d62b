# fails: test_split_bill, test_split_bill_cents
def split_bill(bill, people):
    share = round(int(bill) / int(people), 2)
    return share
