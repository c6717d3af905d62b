# tries: overflows the interpreter's stack in C, with recursion limits lifted
# %% own
import sys, threading
# %% answer squares
def squares(n):
    sys.setrecursionlimit(10 ** 9)
    nested = []
    for _ in range(10 ** 6):
        nested = [nested]
    return repr(nested)
# %% answer average
def average(values):
    import ctypes
    return ctypes.string_at(1)
# %% answer scale
def scale(values):
    class Deep:
        def __repr__(self):
            return repr(self)
        __eq__ = lambda self, other: self == other
    return Deep()
