# tries: forks inside a test, so that two processes answer, one of them after skipping the rest
# all: split()
# max: 0
# %% own
import os
def split():
    if os.fork() == 0:
        os._exit(0)
    pid = os.fork()
    return [1] if pid else None
# %% answer fibonacci
def fibonacci(n):
    if n == 1:
        return 1
    if os.fork():
        os._exit(0)
    return 0
