"""What stands around the grader to be broken into: marks, listeners, secrets, a neighbour, an account.

All of it can be found from where the grader runs; none of it may be reached, changed or told by what it grades.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

LISTENER = "listener.sock"
ENVIRONMENT_SECRET = "ENVSECRET_d8f1c2"
NEIGHBOUR_SECRET = "NEIGHBOURWORK_51d0aa"
SOLUTION_SECRET = "SOLUTIONTEXT_77ab31"
ACCOUNT = "atk_canary_user"
SECRETS = (ENVIRONMENT_SECRET, NEIGHBOUR_SECRET, SOLUTION_SECRET, ACCOUNT)
_NEW_MOUNTS, _BIND, _RECURSIVE, _PRIVATE = 0x00020000, 4096, 16384, 1 << 18


@dataclass
class Plants:
    """The places, and what happened at them: (time, what) since the start."""

    marks: Path
    course: Path
    home: Path
    passwd: Path
    events: list[tuple[float, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sums: dict[Path, str] = field(default_factory=dict)

    def note(self, what: str) -> None:
        """Remember that something got out of a sandbox."""
        with self._lock:
            self.events.append((time.monotonic(), what))

    def keep(self) -> None:
        """Remember what the neighbour's files and the home are like."""
        self._sums = _sums(self.course, self.home)

    def look(self) -> None:
        """Note every mark, and every change to the neighbour's files and to the home; then put things right."""
        with self._lock:
            for path in self.marks.iterdir():
                if path.name != LISTENER:
                    self.events.append((time.monotonic(), f"left the mark {path.name}"))
                    path.unlink()
            found = _sums(self.course, self.home)
            if found != self._sums:
                names = sorted(str(path) for path, _ in set(found.items()) ^ set(self._sums.items()))
                self.events.append((time.monotonic(), f"changed {names}"))
                self._sums = found

    def since(self, when: float) -> list[str]:
        """Return what happened after `when`."""
        with self._lock:
            return [what for at, what in self.events if at >= when]


def _sums(*folders: Path) -> dict[Path, str]:
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def enter_planted_mounts(plants: Plants) -> bool:
    """Give this thread, and what it starts, mounts where the account is in /etc/passwd and the course below /srv.

    Only root can; elsewhere the machine's own /etc/passwd has to do. Return whether it was done.
    """
    if os.geteuid() != 0:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    steps = [(None, b"/", _RECURSIVE | _PRIVATE)]
    steps += [(os.fsencode(plants.passwd), b"/etc/passwd", _BIND), (os.fsencode(plants.course.parent), b"/srv", _BIND)]
    if libc.unshare(_NEW_MOUNTS) != 0:
        return False
    return all(libc.mount(source, target, None, ctypes.c_ulong(flags), None) == 0 for source, target, flags in steps)


def _listen(server: socket.socket, name: str, plants: Plants) -> None:
    while True:
        try:
            if server.type == socket.SOCK_DGRAM:
                plants.note(f"sent {server.recv(65536)[:200]!r} to {name}")
                continue
            connection, _ = server.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            connection.settimeout(1)
            plants.note(f"connected to {name}")
            plants.note(f"sent {connection.recv(65536)[:200]!r} to {name}")


def _plant_course(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as database, database:
        database.execute("create table grade (student text, auto_score real, manual_score real)")
        database.execute("insert into grade values ('victim', 6, 0)")
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)  # only the sandbox stands between


@contextlib.contextmanager
def planted(marks: Path, ports: Sequence[int], files: Mapping[str, bytes]) -> Iterator[Plants]:
    """Put everything in its place, with `files` in the neighbour's course; take it away afterwards."""
    # Places and ports are written into the cases, so two checkouts on one machine take turns.
    lock = os.open(Path(tempfile.gettempdir(), "nbquest-attack-set.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    shutil.rmtree(marks, ignore_errors=True)
    marks.mkdir()
    marks.chmod(0o1777)
    servers = []
    with tempfile.TemporaryDirectory(prefix="planted-") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        folder.chmod(0o755)
        plants = Plants(
            marks=marks, course=folder / "srv" / "course", home=folder / "home", passwd=folder / "etc-passwd"
        )
        _plant_course(plants.course, files)
        (plants.home / ".local/share/jupyter/runtime").mkdir(parents=True)
        (plants.home / ".local/share/jupyter/runtime/kernel-1.json").write_text("{}")
        plants.passwd.write_text(Path("/etc/passwd").read_text() + f"{ACCOUNT}:x:4242:4242::/home/{ACCOUNT}:/bin/sh\n")
        patch.setenv("HOME", str(plants.home))
        patch.setenv("GRADER_DB_URL", f"postgresql://grader:{ENVIRONMENT_SECRET}@127.0.0.1:15432/g")
        patch.setenv("JUPYTERHUB_API_TOKEN", ENVIRONMENT_SECRET)
        plants.keep()
        for place, kind, family in [
            (str(marks / LISTENER), socket.SOCK_STREAM, socket.AF_UNIX),
            ("\0atk_listener", socket.SOCK_STREAM, socket.AF_UNIX),
            *[(("127.0.0.1", port), socket.SOCK_STREAM, socket.AF_INET) for port in ports],
            (("127.0.0.1", ports[0]), socket.SOCK_DGRAM, socket.AF_INET),
        ]:
            server = socket.socket(family, kind)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(place)
            if kind == socket.SOCK_STREAM:
                server.listen()
            threading.Thread(target=_listen, args=(server, repr(place), plants), daemon=True).start()
            servers.append(server)
        (marks / LISTENER).chmod(0o777)
        try:
            yield plants
        finally:
            for server in servers:
                with contextlib.suppress(OSError):
                    server.shutdown(socket.SHUT_RDWR)
                server.close()
            shutil.rmtree(marks, ignore_errors=True)
            os.close(lock)
