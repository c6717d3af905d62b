# fails: test_to_celsius_exact
def to_celsius(fahrenheit):
    return abs(fahrenheit - 32) * 5 / 9
