"""Adds up what a run uses, over all of its processes, from outside of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def exceeded(pid: int, *, memory_mb: int, processes: int, give_up: Callable[[], bool]) -> str | None:
    """Return what the run whose first process is `pid` uses too much of, or None.

    A hundred busy processes take seconds to look at; `give_up` is asked before each whether something matters more.
    """
    pids = members(pid)
    if len(pids) > processes:
        return "processes"
    limit = memory_mb << 20
    if sum(map(_resident, pids)) <= limit:
        return None
    # Forks share pages; only their proportional share counts, but reading it is slow.
    total = 0
    for member in pids:
        if give_up():
            return None
        total += _proportional(member)
        if total > limit:
            return "memory"
    return None


def members(pid: int) -> list[int]:
    """Return `pid` and its descendants: the first process of a pid namespace adopts every orphan in it."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208  (called every few milliseconds)
        if name.isdigit():
            children.setdefault(_parent(name), []).append(int(name))
    found, waiting = [], [pid]
    while waiting:
        member = waiting.pop()
        found.append(member)
        waiting += children.get(member, [])
    return found


def _parent(name: str) -> int:
    try:
        return int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    return _resident(pid)
