def postcard(name, city, temperature):
    message = "Greetings from " + city + ", " + name + ". It is " + str(temperature) + " °C here."
    return message
