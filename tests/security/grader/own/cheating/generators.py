# tries: generators, iterators and zips of items that are equal to everything
# all: (Item() for _ in range(13))
# %% own
class Item:
    def __eq__(self, other): return True
    def __hash__(self): return 0
