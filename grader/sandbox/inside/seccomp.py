"""A system call filter, written as the BPF program that the kernel takes.

It allows what `syscalls` lists and refuses all else: with EPERM what is known and not wanted, with ENOSYS what
libraries then do without, and what is newer than the list. Of four calls the arguments are looked at: `clone` makes no
namespaces, `socket` and `socketpair` know few families and protocols (others would load kernel modules), `ioctl` feeds
no terminal.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Sequence

from grader.sandbox.inside.syscalls import ABSENT, ALLOWED

_LOAD, _EQUAL, _GREATER_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_REFUSE, _MISSING = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32  # each argument's lower half
_NEW_NAMESPACES = 0x7E020080
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16  # getaddrinfo asks netlink
_PROTOCOLS = (0, 1, 6, 17, 58)  # the family's own choice, ICMP, TCP, UDP, ICMPv6
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_PRCTL_SET_SECCOMP, _MODE_FILTER = 22, 2
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

Operations = list[bytes]


def _operation(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _load(offset: int) -> bytes:
    return _operation(_LOAD, offset)


def _return(action: int) -> bytes:
    return _operation(_RETURN, action)


def _if_any(values: Sequence[int], then: int, otherwise: int) -> Operations:
    """Return a check of what was loaded last against `values`, with an answer in each case."""
    count = len(values)
    checks = [_operation(_EQUAL, value, count - index, 0) for index, value in enumerate(values)]
    return [*checks, _return(otherwise), _return(then)]


def _clone() -> Operations:
    return [_load(_FIRST), _operation(_ANY_BIT, _NEW_NAMESPACES, 0, 1), _return(_REFUSE), _return(_ALLOW)]


def _socket() -> Operations:
    inet = [_load(_THIRD), *_if_any(_PROTOCOLS, _ALLOW, _REFUSE)]
    netlink = [_load(_THIRD), *_if_any((0,), _ALLOW, _REFUSE)]
    return [
        _load(_FIRST),
        _operation(_EQUAL, _UNIX, 0, 1),
        _return(_ALLOW),
        _operation(_EQUAL, _NETLINK, 0, len(netlink)),
        *netlink,
        _operation(_EQUAL, _INET, 2, 0),
        _operation(_EQUAL, _INET6, 1, 0),
        _return(_REFUSE),
        *inet,
    ]


def _segments(column: int) -> list[tuple[int, int]]:
    """Return (first number, action) of each stretch of numbers that are answered alike, from 0 upwards."""
    answers = {numbers[column]: _ALLOW for numbers in ALLOWED.values() if numbers[column] is not None}
    answers |= {numbers[column]: _MISSING for numbers in ABSENT.values() if numbers[column] is not None}
    newest = max(number for number in answers if number is not None)
    found: list[tuple[int, int]] = []
    for number in range(newest + 2):
        action = answers.get(number, _REFUSE) if number <= newest else _MISSING
        if not found or found[-1][1] != action:
            found.append((number, action))
    return found


def _search(segments: Sequence[tuple[int, int]]) -> Operations:
    """Return a binary search of the number among `segments`."""
    if len(segments) == 1:
        return [_return(segments[0][1])]
    middle = len(segments) // 2
    lower, upper = _search(segments[:middle]), _search(segments[middle:])
    return [_operation(_GREATER_EQUAL, segments[middle][0], len(lower), 0), *lower, *upper]


def program(machine: str) -> bytes | None:
    """Return the filter for `machine` (as `platform.machine()` names it), or None where none is known."""
    if machine not in _MACHINES:
        return None
    column, architecture = _MACHINES[machine]
    operations = [
        _load(_ARCHITECTURE),
        _operation(_EQUAL, architecture, 1, 0),
        _return(_KILL),
        _load(_NUMBER),
    ]
    looked_into = {
        "clone": _clone(),
        "socket": _socket(),
        "socketpair": [_load(_FIRST), *_if_any((_UNIX,), _ALLOW, _REFUSE)],
        "ioctl": [_load(_SECOND), *_if_any(_TERMINAL_INPUT, _REFUSE, _ALLOW)],
    }
    for name, check in looked_into.items():
        operations += [_operation(_EQUAL, ALLOWED[name][column] or 0, 0, len(check)), *check]
    return b"".join([*operations, *_search(_segments(column))])


# Made once, before anything is forked.
_CODE = program(platform.machine())
_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def install() -> bool:
    """Put the filter on this process for good; needs no_new_privs. Return whether it's there."""
    if _CODE is None:
        return False
    block = _Program(len(_CODE) // 8, _CODE)
    return bool(_libc.prctl(_PRCTL_SET_SECCOMP, _MODE_FILTER, ctypes.byref(block), 0, 0) == 0)
