def to_celsius(fahrenheit):
    above_freezing = fahrenheit - 32
    return above_freezing / 1.8
