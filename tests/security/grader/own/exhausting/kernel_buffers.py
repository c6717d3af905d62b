# tries: memory of the kernel's: full sockets and pipes, in many processes
# wants: honest
# max: 15
# %% own
import os, socket, time
def fill():
    kept = []
    try:
        while True:
            pair = socket.socketpair()
            for end in pair:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
                end.setblocking(False)
            kept.append(pair)
            for end in pair:
                try:
                    while True:
                        end.send(b"x" * 65536)
                except BlockingIOError:
                    pass
    except OSError:
        pass
    try:
        time.sleep(2)
    finally:
        os._exit(0)
for _ in range(40):
    try:
        if os.fork() == 0:
            fill()
    except OSError:
        break
time.sleep(2)
