# fails: test_longest_streak, test_longest_streak_places, test_longest_streak_none
def longest_streak(days):
    current = 0
    for practised in days:
        if practised:
            current += 1
        else:
            current = 0
    return current
