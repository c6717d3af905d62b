# tries: programs with the set-user-id bit, capabilities, and everything else that gives rights
# wants: honest
# min: 15
# %% own
import os, subprocess
for command in ("id -u", "su -c id", "sudo -n id", "mount -t tmpfs none /mnt", "unshare -r id", "newuidmap 1 0 0 1"):
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=1, stdin=subprocess.DEVNULL)
    if "uid=0" in done.stdout or done.stdout.strip() == "0" or (command.startswith(("mount", "unshare")) and done.returncode == 0):
        print("PW" + "NED", command, done.stdout)
for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])):
    try:
        call()
        print("PW" + "NED rights")
    except OSError:
        pass
status = open("/proc/self/status").read()
if "CapEff:\t0000000000000000" not in status or "NoNewPrivs:\t1" not in status:
    print("PW" + "NED", status)
with open("/tmp/own", "wb") as copy:
    copy.write(open("/usr/bin/id", "rb").read())
os.chmod("/tmp/own", 0o6755)
if subprocess.run(["/tmp/own", "-u"], capture_output=True, text=True).stdout.strip() == "0":
    print("PW" + "NED own set-user-id program")
