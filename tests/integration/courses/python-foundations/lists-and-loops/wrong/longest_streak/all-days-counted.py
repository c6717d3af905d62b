# fails: test_longest_streak, test_longest_streak_places
def longest_streak(days):
    count = 0
    for practised in days:
        if practised:
            count += 1
    return count
