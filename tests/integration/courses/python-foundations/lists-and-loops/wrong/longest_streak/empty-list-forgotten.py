# fails: test_longest_streak_none
def longest_streak(days):
    longest = current = int(days[0])
    for practised in days[1:]:
        current = current + 1 if practised else 0
        longest = max(longest, current)
    return longest
