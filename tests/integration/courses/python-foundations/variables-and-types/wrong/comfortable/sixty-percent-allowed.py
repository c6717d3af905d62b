# fails: test_comfortable_limits
def comfortable(temperature, humidity):
    answer = 18 <= temperature <= 24 and humidity <= 60
    return answer
