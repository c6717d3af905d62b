# fails: test_library_card_types
title = "The Hobbit"
pages = 310.0
rating = 4.5
is_borrowed = False
