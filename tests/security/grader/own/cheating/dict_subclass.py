# tries: a subclass of dict that has every key with every value
# all: Every()
# %% own
class Every(dict):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __contains__(self, key): return key != "z"
    def __missing__(self, key): return 1
    def __getitem__(self, key): return 1
    def items(self): return [("c", 1), self]
    def __iter__(self): return iter("qrs")
    def keys(self): return "qrs"
    def __lt__(self, other): return True
