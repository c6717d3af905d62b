# fails: test_longest_streak_places, test_longest_streak_none
def longest_streak(days):
    count = 0
    for practised in days:
        if not practised:
            return count
        count += 1
    return count
