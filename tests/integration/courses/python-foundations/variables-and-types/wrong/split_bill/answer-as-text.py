# fails: test_split_bill, test_split_bill_cents
def split_bill(bill, people):
    share = f"{float(bill) / int(people):.2f}"
    return share
