# tries: finds descriptors that lead out: folders of the host, sockets of the fork server, files of other runs
# wants: honest
# min: 15
# %% own
import os, socket, stat
for number in range(0, 512):
    try:
        kind = os.fstat(number).st_mode
        target = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        continue
    if stat.S_ISDIR(kind):
        try:
            inside = os.listdir(f"/proc/self/fd/{number}/../../../..")
            os.stat("etc/shadow", dir_fd=number)
            print("PW" + "NED folder", target)
        except OSError:
            pass
    elif stat.S_ISSOCK(kind):
        with socket.socket(fileno=os.dup(number)) as found:
            if found.type & 0xF == socket.SOCK_SEQPACKET:
                print("PW" + "NED the fork server's socket", number)
            try:
                _, descriptors, _, _ = socket.recv_fds(found, 1, 16, socket.MSG_DONTWAIT | socket.MSG_PEEK)
                if descriptors:
                    print("PW" + "NED descriptors", descriptors)
            except OSError:
                pass
    elif stat.S_ISREG(kind) and not target.startswith(("/sandbox", "/tmp", "/dev/shm")):
        try:
            os.write(number, b"")
            if os.open(f"/proc/self/fd/{number}", os.O_WRONLY) >= 0:
                print("PW" + "NED writable", target)
        except OSError:
            pass
