# tries: a metaclass that says yes to isinstance, issubclass, comparisons and arithmetic on the class itself
# all: Anything
# %% own
class Meta(type):
    def __instancecheck__(cls, value): return True
    def __subclasscheck__(cls, other): return True
    def __eq__(cls, other): return True
    def __ne__(cls, other): return False
    def __hash__(cls): return 0
    def __lt__(cls, other): return True
    __gt__ = __contains__ = __lt__
    def __sub__(cls, other): return cls
    def __abs__(cls): return cls
    def __len__(cls): return 13
    def __getattr__(cls, name): return cls
    def __iter__(cls): return iter([cls])
class Anything(metaclass=Meta):
    def __new__(cls, *args, **keywords): return cls
