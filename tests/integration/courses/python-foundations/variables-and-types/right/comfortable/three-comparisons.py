def comfortable(temperature, humidity):
    answer = not (temperature < 18 or temperature > 24 or humidity >= 60)
    return answer
