# fails: test_comfortable_limits
def comfortable(temperature, humidity):
    answer = temperature <= 24 and humidity < 60
    return answer
