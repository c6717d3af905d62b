# tries: lying classes that bear the names of the classes the assignment asks for
# all: Vector(1, 2)
# max: 1
# limit shared: any class with the name of one of the instructor's is let through, in every test cell
# %% answer squares
class Vector:
    def __init__(self, *args): pass
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __gt__ = __contains__ = __lt__
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __len__(self): return 13
    def __iter__(self): return iter([self])
    def __hash__(self): return 0
    def __getattr__(self, name): return lambda *args: self
    def __add__(self, other): return self
class Account(Vector):
    pass
def squares(n):
    return Account()
# %% answer account
class Account(Account):
    pass
# %% answer vector
class Vector:
    pass
