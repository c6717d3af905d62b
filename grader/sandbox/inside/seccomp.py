"""A system call filter, written as the BPF program that the kernel takes.

It denies what a notebook never needs and an escape often does: namespaces, mounts, keys, other processes' memory,
io_uring, bpf, memory that no limit sees (memfd, System V segments), and sockets of unusual families. Denied calls fail
with EPERM; `clone3` fails with ENOSYS, so that libraries fall back to `clone`, whose flags can be read.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_LOAD, _EQUAL, _GREATER_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_NEW_NAMESPACES = 0x7E020080
_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink (getaddrinfo asks it)
_PRCTL_SET_SECCOMP, _MODE_FILTER = 22, 2

# name: (x86_64, aarch64); None where an architecture lacks the call. From the kernel's syscall tables.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "pidfd_getfd": (438, 438),
    "quotactl": (179, 60),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "personality": (135, 92),
    "mbind": (237, 235),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
}
_CLONE, _CLONE3, _SOCKET, _SOCKETPAIR = (56, 220), (435, 435), (41, 198), (53, 199)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x40000000


def _operation(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def program(machine: str) -> bytes | None:
    """Return the filter for `machine` (as `platform.machine()` names it), or None where none is known."""
    if machine not in _MACHINES:
        return None
    column, architecture = _MACHINES[machine]
    deny, missing = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
    parts = [
        _operation(_LOAD, _ARCHITECTURE),
        _operation(_EQUAL, architecture, 1, 0),
        _operation(_RETURN, _KILL),
        _operation(_LOAD, _NUMBER),
        _operation(_GREATER_EQUAL, _X32, 0, 1),
        _operation(_RETURN, missing),
        _operation(_EQUAL, _CLONE3[column], 0, 1),
        _operation(_RETURN, missing),
    ]
    for numbers in _DENIED.values():
        number = numbers[column]
        if number is not None:
            parts += [_operation(_EQUAL, number, 0, 1), _operation(_RETURN, deny)]
    parts += [
        _operation(_EQUAL, _CLONE[column], 0, 4),
        _operation(_LOAD, _FIRST_ARGUMENT),
        _operation(_ANY_BIT, _NEW_NAMESPACES, 0, 1),
        _operation(_RETURN, deny),
        _operation(_RETURN, _ALLOW),
        _operation(_EQUAL, _SOCKET[column], 1, 0),
        _operation(_EQUAL, _SOCKETPAIR[column], 0, 2 + len(_FAMILIES)),
        _operation(_LOAD, _FIRST_ARGUMENT),
    ]
    for index, family in enumerate(_FAMILIES):
        parts.append(_operation(_EQUAL, family, len(_FAMILIES) - index, 0))
    parts += [_operation(_RETURN, deny), _operation(_RETURN, _ALLOW)]
    return b"".join(parts)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def install() -> bool:
    """Put the filter on this process for good; needs no_new_privs. Return whether it's there."""
    code = program(platform.machine())
    if code is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    block = _Program(len(code) // 8, code)
    return bool(libc.prctl(_PRCTL_SET_SECCOMP, _MODE_FILTER, ctypes.byref(block), 0, 0) == 0)
