# fails: test_comfortable_limits
def comfortable(temperature, humidity):
    answer = int(18 <= temperature <= 24 and humidity < 60)
    return answer
