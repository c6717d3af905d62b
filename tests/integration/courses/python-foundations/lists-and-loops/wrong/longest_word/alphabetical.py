# fails: test_longest_word, test_longest_word_edges
def longest_word(words):
    longest = ""
    for word in words:
        if word > longest:
            longest = word
    return longest
