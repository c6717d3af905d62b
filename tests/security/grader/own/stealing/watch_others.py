# tries: learns what other submissions do from inotify, locks and open files of the shared interpreter
# wants: honest
# min: 15
# %% own
import ctypes, fcntl, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for name, call in {
    "inotify": lambda: libc.inotify_init1(0),
    "fanotify": lambda: libc.fanotify_init(0, 0),
}.items():
    if call() >= 0:
        print("PW" + "NED", name)
