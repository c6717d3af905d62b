# fails: test_longest_word, test_longest_word_edges
def longest_word(words):
    longest = 0
    for word in words:
        if len(word) > longest:
            longest = len(word)
    return longest
