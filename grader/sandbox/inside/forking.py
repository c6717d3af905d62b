"""Forks a child straight into new namespaces, and keeps forks of a process with much memory cheap.

`os.fork` after `unshare` takes two forks, one of them only to enter the new pid namespace; forking a process that
holds numpy and pandas is most of what a run costs. The clone system call takes the namespaces along.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import signal
from collections.abc import Iterator
from pathlib import Path

NAMESPACES = {"mount": 0x00020000, "uts": 0x04000000, "ipc": 0x08000000, "pid": 0x20000000, "net": 0x40000000}
_CLONE = {"x86_64": 56, "aarch64": 220, "riscv64": 220}.get(platform.machine())
_HUGE = 2 << 20
_COLLAPSE = 25  # MADV_COLLAPSE, Linux 6.1
_RANGE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw.p \S+ \S+ 0\s*(\S*)")
_libc = ctypes.CDLL(None, use_errno=True)
_python = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock, as a fork must


def fork_into(*namespaces: str) -> int:
    """Fork as `os.fork` does, the child in new `namespaces` (it is process 1 of a new pid namespace).

    The caller has to be single-threaded. Raises OSError.
    """
    if not namespaces:
        return os.fork()
    if _CLONE is None:
        raise OSError(f"no way to make namespaces is known for a {platform.machine()} processor")
    flags = int(signal.SIGCHLD)
    for name in namespaces:
        flags |= NAMESPACES[name]
    _python.PyOS_BeforeFork()
    pid: int = _python.syscall(ctypes.c_long(_CLONE), ctypes.c_ulong(flags), None, None, None, None)
    number = ctypes.get_errno()
    if pid == 0:
        _python.PyOS_AfterFork_Child()
        return 0
    _python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, f"clone into new {', '.join(namespaces)} namespaces: {os.strerror(number)}")
    return pid


def use_huge_pages() -> int:
    """Back this process's own memory by huge pages where the kernel can, so that a fork copies few page tables.

    Returns how many bytes are so now; 0 where the kernel knows no such thing, which only costs time.
    """
    collapsed = 0
    for start, end in _own_memory():
        first = -(-start // _HUGE) * _HUGE
        for address in range(first, end - _HUGE + 1, _HUGE):
            result = _libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(_HUGE), _COLLAPSE)
            collapsed += _HUGE if result == 0 else 0
    return collapsed


def _own_memory() -> Iterator[tuple[int, int]]:
    """Yield the ranges of anonymous memory: the heap and what was mapped without a file, stacks left out."""
    try:
        maps = Path("/proc/self/maps").read_text()
    except OSError:
        return
    for line in maps.splitlines():
        match = _RANGE.match(line)
        if match is not None and match.group(3) in ("", "[heap]"):
            yield int(match.group(1), 16), int(match.group(2), 16)
