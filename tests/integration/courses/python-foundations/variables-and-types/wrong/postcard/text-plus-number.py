# fails: test_postcard, test_postcard_others
def postcard(name, city, temperature):
    message = "Greetings from " + city + ", " + name + ". It is " + temperature + " °C here."
    return message
