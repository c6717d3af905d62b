# tries: objects that take for ever to be looked at: comparisons, lengths, items, attributes, texts, hashes
# all: Slow()
# max: 0
# %% own
class Slow:
    def _wait(self, *args):
        while True:
            pass
    __eq__ = __len__ = __iter__ = __getitem__ = __str__ = __repr__ = __hash__ = __getattr__ = __bool__ = _wait
    __call__ = __add__ = __sub__ = __rsub__ = __float__ = __index__ = __contains__ = __array__ = _wait
