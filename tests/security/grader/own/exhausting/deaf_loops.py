# tries: loops that no interrupt stops: in C, with signals ignored, in bare excepts, in finalizers
# max: 1
# status: timeout
# %% own
import itertools, signal
# %% answer squares
def squares(n):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
# %% answer average
def average(values):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return sum(itertools.repeat(1))
# %% answer scale
def scale(values):
    return 10 ** 10 ** 10
