"""Looks from outside at what submissions use: processes, memory, disk."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_WORTH_A_CLOSER_LOOK = 1 << 30


@dataclass
class Peak:
    """The most that was seen, in bytes and processes."""

    memory: int = 0
    disk: int = 0
    processes: int = 0


@dataclass
class Tree:
    """The machine's processes at one moment."""

    children: dict[int, list[int]] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)

    @classmethod
    def now(cls) -> Tree:
        """Read /proc."""
        tree = cls()
        for name in os.listdir("/proc"):  # noqa: PTH208  (read many times a second)
            if not name.isdigit():
                continue
            with contextlib.suppress(OSError):
                state, parent = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[:2]
                tree.children.setdefault(int(parent), []).append(int(name))
                tree.states[int(name)] = state
        return tree

    def below(self, pid: int) -> list[int]:
        """Return all descendants of `pid`, save zombies."""
        found, waiting = [], [pid]
        while waiting:
            for child in self.children.get(waiting.pop(), []):
                waiting.append(child)
                if self.states[child] not in "ZX":
                    found.append(child)
        return found


def find_fork_servers(tree: Tree, pid: int) -> list[int]:
    """Return the fork servers below `pid`: the first process on each way down that is the interpreter."""
    found, waiting = [], list(tree.children.get(pid, []))
    while waiting:
        process = waiting.pop()
        command = b""
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        if b"forkserver.main" in command and b"bwrap" not in command.split(b"\0")[0]:
            found.append(process)
        else:
            waiting += tree.children.get(process, [])
    return found


def runs_below(starter: int) -> list[int]:
    """Return every process of a submission whose fork server `starter` (a pid) has started."""
    tree = Tree.now()
    return [run for server in find_fork_servers(tree, starter) for run in tree.below(server)]


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0


def _proportional(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("\nPss:")[1].split()[0]) << 10
    return 0


def _disk(pid: int) -> int:
    with contextlib.suppress(OSError):
        found = os.statvfs(f"/proc/{pid}/root/sandbox")
        return (found.f_blocks - found.f_bfree) * found.f_frsize
    return 0


class Watch:
    """Samples the submissions of one starter at a time, each 50 ms, in a thread of its own."""

    def __init__(self) -> None:
        self._peaks: dict[int, Peak] = {}
        self._servers: dict[int, list[int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True, name="watch")
        self._thread.start()

    def begin(self, starter: int) -> Peak:
        """Count anew what the submissions below `starter` (a pid) use; the answer grows as they do."""
        self._servers[starter] = find_fork_servers(Tree.now(), starter)
        self._peaks[starter] = peak = Peak()
        return peak

    def end(self, starter: int) -> None:
        """Stop counting."""
        self._peaks.pop(starter, None)

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(5)

    def _sample(self) -> None:
        while not self._stop.wait(0.05):
            if self._peaks:
                tree = Tree.now()
                for starter, peak in list(self._peaks.items()):
                    self._measure(peak, [run for server in self._servers[starter] for run in tree.below(server)])

    @staticmethod
    def _measure(peak: Peak, runs: list[int]) -> None:
        memory = sum(map(_resident, runs))
        if memory > _WORTH_A_CLOSER_LOOK:  # forks share pages, and each counts them
            memory = sum(map(_proportional, runs))
        peak.memory = max(peak.memory, memory)
        peak.processes = max(peak.processes, len(runs))
        peak.disk = max([peak.disk, *map(_disk, runs[:1])])


def settled(look: Callable[[], list[int]], seconds: float = 10.0) -> list[int]:
    """Return what `look` finds once it finds nothing, or when the time is over."""
    end = time.monotonic() + seconds
    while (found := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return found
