# fails: test_longest_word_edges
def longest_word(words):
    longest = ""
    for i in range(len(words) - 1):
        if len(words[i]) > len(longest):
            longest = words[i]
    return longest
