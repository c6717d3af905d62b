"""What a process and all that it starts use: processor time, and memory at its peak.

Processor time. What a command used from start to end is `wait4`'s figure, which holds every descendant that was waited
for. bubblewrap does not wait for the first process that it starts, so what runs inside is lost to that figure. There we
take, while the command lives, the sum over its tree of each process's own clock (nanoseconds) and of what its children
used that are gone (`cutime` and `cstime` in /proc/PID/stat, in ticks of 10 ms): the fork server waits for every run. A
child that ends moves from the first to the second, so nothing is counted twice.

Memory. The sum of the proportional set sizes (PSS) of the living tree, sampled: pages that forks share count once.
Where PSS may not be read (another account, not root) the resident size stands in: shared pages count once a process.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a command used from its start to its end, in seconds."""

    wall: float
    cpu: float


def run(command: list[str], **options: Any) -> Usage:
    """Run `command` to its end. Raises SystemExit with its last words when it fails."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command[:6])} failed:\n{said.decode(errors='replace')[-3000:]}")
    return Usage(wall=time.monotonic() - began, cpu=used.ru_utime + used.ru_stime)


def tree(root: int) -> list[int]:
    """Return `root` and its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208  (called every few milliseconds)
        if entry.isdigit() and (fields := _stat(int(entry))):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def cpu_seconds(root: int) -> float:
    """Return the processor seconds that `root` and its descendants have used so far."""
    return sum(map(_cpu_of, tree(root)))


def _cpu_of(pid: int) -> float:
    fields = _stat(pid)
    if not fields:
        return 0.0
    gone = (int(fields[13]) + int(fields[14])) / _TICK
    try:
        return time.clock_gettime((~pid << 3) | 2) + gone  # the clock of another process: see clock_getcpuclockid(3)
    except OSError:
        return (int(fields[11]) + int(fields[12])) / _TICK + gone


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name, from the state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


class MemoryWatch:
    """Samples the memory of a process tree in a thread, until it is left. `peak` is in bytes."""

    def __init__(self, root: int) -> None:
        self.peak = 0
        self.proportional = True
        self._root = root
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(map(self._memory_of, tree(self._root))))

    def _memory_of(self, pid: int) -> int:
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) << 10
        with contextlib.suppress(OSError, IndexError):
            resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
            self.proportional = self.proportional and resident == 0
            return resident
        return 0
