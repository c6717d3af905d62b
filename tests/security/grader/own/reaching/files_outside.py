# tries: writes wherever the machine might keep something: system, interpreter, grader, devices, kernel settings
# wants: honest
# patient: yes
# min: 15
# %% own
import os, stat, sys
fine = ("/tmp", "/dev/shm", os.path.expanduser("~"), os.getcwd(), "/sandbox/work", "/sandbox/tmp", "/sandbox/home", "/sandbox/shm")
for top in ("/", "/opt", "/etc", "/usr/lib", "/helpers", "/dev", "/sys", "/proc/sys", "/run", "/var", "/srv", "/home", "/root", "/mnt", sys.prefix):
    for folder, folders, files in os.walk(top):
        if folder.startswith(("/proc", "/sys/kernel/debug")) and top == "/" or folder.count("/") > 7:
            folders.clear()
            continue
        if folder.startswith(fine):
            folders.clear()
            continue
        folders[:] = folders[:40]
        try:
            with open(folder + "/planted", "w"):
                print("PW" + "NED wrote in", folder)
        except OSError:
            pass
        for name in files[:20]:
            path = folder + "/" + name
            try:
                kind = os.lstat(path).st_mode
                if stat.S_ISREG(kind) and os.access(path, os.W_OK) and not folder.startswith("/proc"):
                    open(path, "r+").close()
                    print("PW" + "NED opened", path)
            except OSError:
                pass
for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/sys/power/state",
             "/proc/1/oom_score_adj", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/fuse", "/dev/net/tun", "/dev/kvm"):
    try:
        os.close(os.open(path, os.O_WRONLY))
        if path != "/proc/1/oom_score_adj":
            print("PW" + "NED", path)
    except OSError:
        pass
