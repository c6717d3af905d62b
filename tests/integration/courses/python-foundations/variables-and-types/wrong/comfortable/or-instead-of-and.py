# fails: test_comfortable, test_comfortable_limits
def comfortable(temperature, humidity):
    answer = 18 <= temperature <= 24 or humidity < 60
    return answer
