# tries: daemons in sessions of their own, forked twice, that busy the machine after the verdict
# wants: honest
# max: 15
# %% own
import os, signal
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_IGN)
            for descriptor in range(0, 64):
                try:
                    os.close(descriptor)
                except OSError:
                    pass
            while True:
                pass
        os._exit(0)
