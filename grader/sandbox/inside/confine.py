"""Shuts one process in: namespaces, mounts, limits, rights. Called in a fresh fork, before any student code.

Python 3.11 has no `os.unshare`; ctypes stands in. Every step that must hold raises OSError when it doesn't.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import socket
import struct
import sys
from pathlib import Path

from grader.sandbox.inside import seccomp
from grader.sandbox.inside.forking import NAMESPACES

_NOSUID, _NODEV, _NOEXEC, _READ_ONLY, _REMOUNT, _BIND = 2, 4, 8, 1, 32, 4096
_RECURSIVE, _PRIVATE = 16384, 1 << 18
_SET_DUMPABLE, _SET_NO_NEW_PRIVS, _DROP_BOUNDING, _SET_SUBREAPER = 4, 38, 24, 36
_AMBIENT, _AMBIENT_CLEAR = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)

ROOM = Path("/sandbox")
WORK, TEMPORARY, HOME, HELPERS = ROOM / "work", ROOM / "tmp", ROOM / "home", Path("/helpers")
INODES = 20_000
RESERVED_MB = 512
"""What a program that is no fork of ours may reserve above its limit: stacks of threads, and our own process's heap."""


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(*names: str) -> None:
    """Leave the named namespaces of the parent for new ones."""
    flags = 0
    for name in names:
        flags |= NAMESPACES[name]
    _check(_libc.unshare(flags), f"unshare {' '.join(names)}")


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Call mount(2)."""
    encoded = [None if text is None else text.encode() for text in (source, target, kind)]
    _check(_libc.mount(*encoded, ctypes.c_ulong(flags), options.encode() if options else None), f"mount {target}")


def become_subreaper() -> None:
    """Make orphans of our children ours."""
    _check(_libc.prctl(_SET_SUBREAPER, 1, 0, 0, 0), "subreaper")


def hide_memory() -> None:
    """Keep other processes of our account from our memory and descriptors."""
    _check(_libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")


def furnish(uid: int, disk_mb: int) -> None:
    """Give this mount namespace writable folders of its own, within one capped tmpfs; the rest becomes read-only."""
    mount("none", "/", None, _RECURSIVE | _PRIVATE)
    options = f"size={disk_mb}m,nr_inodes={INODES},mode=0755"
    mount("tmpfs", str(ROOM), "tmpfs", _NOSUID | _NODEV, options)
    for folder in (WORK, TEMPORARY, HOME, ROOM / "shm"):
        folder.mkdir()
        os.chown(folder, uid, uid)
    for place in ("/", str(HELPERS)):
        _read_only(place)
    _keep_interpreter()
    mount(str(TEMPORARY), "/tmp", None, _BIND | _RECURSIVE)  # noqa: S108  (the sandbox's own)
    mount(str(ROOM / "shm"), "/dev/shm", None, _BIND)  # noqa: S108
    _own_terminals()
    _read_only("/dev")
    _own_processes()


def _keep_interpreter() -> None:
    """Where the interpreter lies below /tmp, let it be seen there still."""
    for prefix in sorted({Path(sys.prefix), Path(sys.base_prefix)}):
        if prefix.is_relative_to("/tmp"):  # noqa: S108
            place = TEMPORARY / prefix.relative_to("/tmp")  # noqa: S108
            place.mkdir(parents=True, exist_ok=True)
            mount(str(prefix), str(place), None, _BIND | _RECURSIVE)


def _own_terminals() -> None:
    try:
        mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666,mode=0600")
    except OSError:
        mount("tmpfs", "/dev/pts", "tmpfs", _NOSUID | _NODEV | _READ_ONLY, "size=4k")


def _own_processes() -> None:
    try:
        mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    except OSError:  # where /proc is partly masked: none at all is safer than the fork server's
        mount("tmpfs", "/proc", "tmpfs", _NOSUID | _NODEV | _NOEXEC | _READ_ONLY, "size=4k")


def _read_only(path: str) -> None:
    mount("none", path, None, _REMOUNT | _BIND | _READ_ONLY | _NOSUID | _NODEV)


def store_helpers(files: dict[str, bytes]) -> None:
    """Put a copy of the assignment's modules where not even their owner can change them."""
    size = sum(map(len, files.values())) + 65536 + 8192 * len(files)
    mount("tmpfs", str(HELPERS), "tmpfs", _NOSUID | _NODEV, f"size={size},mode=0755")
    write_files(HELPERS, files, uid=None)
    mount("none", str(HELPERS), None, _REMOUNT | _BIND | _READ_ONLY | _NOSUID | _NODEV)


def write_files(folder: Path, files: dict[str, bytes], uid: int | None) -> None:
    """Write `files` (relative names) below `folder`, owned by `uid`."""
    for name, body in files.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise ValueError(f"{name!r} leads out of the folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        if uid is not None:
            for owned in (path, *(parent for parent in path.parents if parent.is_relative_to(folder))):
                os.chown(owned, uid, uid)


def raise_loopback() -> None:
    """Bring up the new network namespace's loopback where we may; without it there's simply no network at all."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            fcntl.ioctl(probe, 0x8914, struct.pack("16sH22x", b"lo", 0x1 | 0x40))
    except OSError:
        return


def limit_resources(*, memory_mb: int, disk_mb: int, processes: int, cpu_seconds: int, any_program: bool) -> None:
    """Set this process's own limits; children inherit them. `any_program`: what comes may be no fork of ours."""
    if any_program:
        # Virtual machines reserve far more addresses than they use; what can be written to is what counts.
        memory, most = resource.RLIMIT_DATA, (memory_mb + RESERVED_MB) << 20
    else:
        memory, most = resource.RLIMIT_AS, _address_space() + (memory_mb << 20)
    limits = {
        memory: most,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 512,
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_FSIZE: disk_mb << 20,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_MEMLOCK: 65536,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for which, value in limits.items():
        hard = resource.getrlimit(which)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (allowed, allowed))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 1 << 17
    return pages * resource.getpagesize()


def drop_rights(uid: int) -> None:
    """Become `uid` with no group, no capability and no way to gain any, and filter system calls."""
    for capability in range(64):
        if _libc.prctl(_DROP_BOUNDING, capability, 0, 0, 0) != 0:
            break
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _libc.prctl(_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)), "capset")
    _check(_libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0), "dumpable")
    restrict()


def restrict() -> None:
    """Rule out new privileges and filter system calls."""
    _check(_libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    seccomp.install()


def capabilities() -> int:
    """Return the effective capabilities of this process as a bit mask."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = ctypes.create_string_buffer(24)
    _check(_libc.capget(header, data), "capget")
    first: int = struct.unpack("=6I", data.raw)[0]
    return first
