def split_bill(bill, people):
    euros = float(bill)
    persons = float(people)
    share = round(euros / persons, 2)
    return share
