# fails: test_to_celsius, test_to_celsius_exact
def to_celsius(fahrenheit):
    print((fahrenheit - 32) * 5 / 9)
