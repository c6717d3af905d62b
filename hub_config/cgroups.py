"""Memory, processor and process limits of a local learner's server, where the machine lets us set them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = ("memory", "cpu", "pids")
PERIOD = 100_000  # microseconds, the kernel's own default


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one server may use at most."""

    memory_bytes: int
    cpus: float
    processes: int


@dataclass(frozen=True, kw_only=True)
class ControlGroup:
    """The folders of one group, one for each hierarchy; `limited` names the controllers that took their limit."""

    folders: tuple[Path, ...] = ()
    limited: frozenset[str] = field(default_factory=frozenset)

    @property
    def process_files(self) -> list[str]:
        """Files into which a process writes its number to join."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    def remove(self) -> None:
        """Remove the group, once its processes have ended; one that is still busy stays for the next time."""
        for folder in self.folders:
            try:
                folder.rmdir()
                folder.parent.rmdir()  # the site's own, gone with its last group
            except OSError:
                continue


def make_group(site: str, name: str, limits: Limits) -> ControlGroup:
    """Make the group `name` of `site`; what the machine refuses is left out."""
    if (ROOT / "cgroup.controllers").is_file():
        return _make_unified(site, name, limits)
    return _make_separate(site, name, limits)


def _make_unified(site: str, name: str, limits: Limits) -> ControlGroup:
    parent = ROOT / f"nbquest-{site}"
    folder = parent / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for level in (ROOT, parent):
            for controller in CONTROLLERS:
                _write(level / "cgroup.subtree_control", f"+{controller}")
    except OSError:
        return ControlGroup()
    files: Mapping[str, Sequence[tuple[str, int | str]]] = {
        "memory": [("memory.max", limits.memory_bytes), ("memory.swap.max", 0)],
        "cpu": [("cpu.max", f"{int(limits.cpus * PERIOD)} {PERIOD}")],
        "pids": [("pids.max", limits.processes)],
    }
    limited = frozenset(key for key in files if _apply(folder, files[key]))
    return ControlGroup(folders=(folder,) if limited else (), limited=limited)


def _make_separate(site: str, name: str, limits: Limits) -> ControlGroup:
    files: Mapping[str, Sequence[tuple[str, int | str]]] = {
        "memory": [
            ("memory.limit_in_bytes", limits.memory_bytes),
            ("memory.memsw.limit_in_bytes", limits.memory_bytes),
        ],
        "cpu": [("cpu.cfs_period_us", PERIOD), ("cpu.cfs_quota_us", int(limits.cpus * PERIOD))],
        "pids": [("pids.max", limits.processes)],
    }
    folders, limited = [], set()
    for controller, values in files.items():
        folder = ROOT / controller / f"nbquest-{site}" / name
        if not (ROOT / controller).is_dir() or not os.access(ROOT / controller, os.W_OK):
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if _apply(folder, values):
            folders.append(folder)
            limited.add(controller)
    return ControlGroup(folders=tuple(folders), limited=frozenset(limited))


def _apply(folder: Path, values: Sequence[tuple[str, int | str]]) -> bool:
    """Write the limits; the first is the one that counts, the others may be unknown to this kernel."""
    results = [_write(folder / file, str(value)) for file, value in values]
    return results[0]


def _write(file: Path, text: str) -> bool:
    try:
        file.write_text(text, encoding="ascii")
    except OSError:
        return False
    return True
