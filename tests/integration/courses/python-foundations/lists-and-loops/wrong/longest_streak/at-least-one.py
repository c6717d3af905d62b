# fails: test_longest_streak_none
def longest_streak(days):
    longest = 1
    current = 0
    for practised in days:
        if practised:
            current += 1
            longest = max(longest, current)
        else:
            current = 0
    return longest
