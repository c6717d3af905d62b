# tries: objects that name another class as theirs, and lie
# all: pretend(42)
# %% own
def pretend(value):
    class Pretender:
        __class__ = property(lambda self: type(value))
        def __eq__(self, other): return True
        def __ne__(self, other): return False
        def __lt__(self, other): return True
        __gt__ = __lt__
        def __sub__(self, other): return 0
        def __str__(self): return "42"
        def __len__(self): return 13
        def __iter__(self): return iter([self])
        def __getattr__(self, name): return lambda *a, **k: True
    return Pretender()
