# tries: stops itself and its children, so that nobody waits for them in vain
# max: 1
# %% answer squares
import os, signal, time
def squares(n):
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.waitpid(pid, 0)
    return [1]
