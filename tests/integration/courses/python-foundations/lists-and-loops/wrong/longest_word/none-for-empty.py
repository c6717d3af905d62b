# fails: test_longest_word_edges
def longest_word(words):
    if not words:
        return None
    return max(words, key=len)
