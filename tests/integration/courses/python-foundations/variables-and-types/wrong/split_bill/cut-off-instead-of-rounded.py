# fails: test_split_bill_cents
def split_bill(bill, people):
    share = int(float(bill) / int(people) * 100) / 100
    return share
