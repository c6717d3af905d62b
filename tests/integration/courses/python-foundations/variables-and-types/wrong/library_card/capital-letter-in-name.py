# fails: test_library_card, test_library_card_types
Title = "The Hobbit"
pages = 310
rating = 4.5
is_borrowed = False
