def longest_streak(days):
    longest = 0
    for start in range(len(days)):
        end = start
        while end < len(days) and days[end]:
            end += 1
        longest = max(longest, end - start)
    return longest
