# tries: every system call that escapes are made of, by number, past any library
# wants: honest
# min: 15
# %% own
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
column = {"x86_64": 0, "aarch64": 1}.get(platform.machine())
CALLS = {
    "ptrace": (101, 117), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "personality": (135, 92),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "move_pages": (279, 239), "fsopen": (430, 430),
    "open_tree": (428, 428), "pidfd_getfd": (438, 438), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190),
    "mq_open": (240, 180), "memfd_create": (319, 279), "memfd_secret": (447, 447), "fanotify_init": (300, 262),
    "inotify_init1": (294, 26), "vmsplice": (278, 75), "splice": (275, 76), "io_setup": (206, 0), "clone3": (435, 435),
    "syslog": (103, 116), "acct": (163, 89), "swapon": (167, 224), "reboot": (169, 142), "seccomp": (317, 277),
    "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104), "quotactl": (179, 60),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "sethostname": (170, 161), "mincore": (27, 232),
    "fadvise64": (221, 223), "set_mempolicy": (238, 237), "mbind": (237, 235), "migrate_pages": (256, 238),
    "landlock_create_ruleset": (444, 444), "unknown": (500, 500), "far away": (100000, 100000),
}
buffer = ctypes.create_string_buffer(4096)
if column is not None:
    for name, numbers in CALLS.items():
        result = libc.syscall(ctypes.c_long(numbers[column]), 0, 0, 0, 0, 0, 0)
        error = ctypes.get_errno()
        if result >= 0 or error not in (1, 38):  # EPERM, ENOSYS
            print("PW" + "NED", name, result, error)
    for flags in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x08000000, 0x02000000):
        pid = libc.syscall(ctypes.c_long((56, 220)[column]), ctypes.c_long(17 | flags), 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        if pid > 0:
            print("PW" + "NED clone", hex(flags))
