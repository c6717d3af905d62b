# fails: test_postcard_others
def postcard(name, city, temperature):
    message = f"Greetings from {city}, Amina. It is {temperature} °C here."
    return message
