# fails: test_comfortable, test_comfortable_limits
def comfortable(temperature, humidity):
    answer = str(18 <= temperature <= 24 and humidity < 60)
    return answer
