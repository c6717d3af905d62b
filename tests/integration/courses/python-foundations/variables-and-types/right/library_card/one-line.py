title, pages, rating, is_borrowed = 'The Hobbit', 310, 4.50, not True
