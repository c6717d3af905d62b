# tries: signals, traces and reads every process that it can name, the fork server and itself included
# max: 15
# wants: honest
# status: graded error-in-cell
# %% own
import ctypes, os, signal
for pid in (-1, 0, 1, os.getppid(), *range(2, 400)):
    for number in (0, signal.SIGCONT, signal.SIGUSR1):
        try:
            if pid in (-1, 0, 1, os.getpid()) and number:
                continue
            os.kill(pid, number)
            if pid > 1:
                print("PW" + "NED signalled", pid)
        except OSError:
            pass
    for name in ("mem", "environ", "maps", "root", "cwd", "ns/net", "fd"):
        try:
            place = f"/proc/{pid}/{name}"
            if pid not in (1, os.getpid()) and (os.path.exists(place) and os.access(place, os.R_OK)):
                print("PW" + "NED", place)
        except OSError:
            pass
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.kill(-1, signal.SIGTERM)
# %% answer vector
import os, signal
try:
    os.kill(-1, signal.SIGKILL)
    os.kill(1, signal.SIGKILL)
    os.kill(1, signal.SIGSTOP)
    os.killpg(0, signal.SIGCONT)
except OSError:
    pass
class Vector:
    pass
