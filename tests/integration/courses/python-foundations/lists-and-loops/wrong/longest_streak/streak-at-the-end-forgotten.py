# fails: test_longest_streak_places
def longest_streak(days):
    longest = 0
    current = 0
    for practised in days:
        if practised:
            current += 1
        else:
            if current > longest:
                longest = current
            current = 0
    return longest
