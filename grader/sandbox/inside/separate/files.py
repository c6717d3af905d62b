"""Keeps the working and the temporary folders of the two processes alike: what one writes, the other finds.

Only folders and plain files below them cross, within caps, and never towards the test process what Python might import.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from grader.sandbox.inside.separate.codec_limits import CodecError

MAX_FILES = 500
MAX_BYTES = 16 << 20
MAX_DEPTH = 4
_CODE = re.compile(
    r"\.(py|pyc|pyd|pyi|pyw|so|pth|egg|zip|whl|ipynb)\Z|\A(sitecustomize|usercustomize|matplotlibrc|fontlist)",
    re.IGNORECASE,
)
_ABOUT_FILES = re.compile(
    r"\bopen\s*\(|\bos\b|\bPath\b|pathlib|shutil|tempfile|glob|sqlite|read_\w+\(|\.to_(csv|json|excel|parquet|html)|"
    r"savefig|loadtxt|genfromtxt|savetxt|imread|imsave|np\.(load|save)|\.(txt|csv|tsv|json|db|png|jpe?g|npy|npz|xlsx?|dat|log|md)\b"
)


def is_about_files(source: str) -> bool:
    """Whether a cell may read or write files."""
    return _ABOUT_FILES.search(source) is not None


class WorkingFolder:
    """The folders that this process writes to, and what the other is known to have in its own.

    Paths are relative to the working folder; a leading slash means the folder of temporary files, a trailing one that
    the thing itself is a folder.
    """

    def __init__(self, folder: Path, *, takes_code: bool, temporary: Path | None = None) -> None:
        self._places = {"": folder} if temporary is None else {"": folder, "/": temporary}
        self._takes_code = takes_code
        self._known = dict(self._scan())
        self._given = frozenset(self._known)

    def is_given(self, path: Any) -> bool:
        """Whether a file was there from the start."""
        return path in self._given

    def changes(self) -> tuple[tuple[str, bytes | None], ...]:
        """Return path and contents of each file that changed since the last time, None for one that is gone."""
        found, total = dict(self._scan()), 0
        changes: list[tuple[str, bytes | None]] = []
        for path, state in found.items():
            if self._known.get(path) == state or state[0] + total > MAX_BYTES:
                continue
            try:
                contents = b"" if path.endswith("/") else self._place(path).read_bytes()
            except OSError:
                continue
            total += len(contents)
            changes.append((path, contents))
        gone = [path for path in self._known if path not in found]
        changes += [(path, None) for path in sorted(gone, key=len, reverse=True)]  # a folder after what is in it
        self._known = found
        return tuple(changes)

    def apply(self, changes: Any) -> None:
        """Make the folders like the other's. Raises CodecError for a path that leads elsewhere."""
        for path, contents in changes:
            self._apply(path, contents)

    def _place(self, path: str) -> Path:
        top = "/" if path.startswith("/") else ""
        return self._places[top] / path.strip("/")

    def _apply(self, path: Any, contents: Any) -> None:
        parts = PurePosixPath(path.removeprefix("/")).parts if type(path) is str else ()
        if not parts or len(parts) > MAX_DEPTH or any(part in ("..", "/", ".") or "\0" in part for part in parts):
            raise CodecError("not a path below the folders that both share")
        if path.startswith("/") and "/" not in self._places:
            return
        if not self._takes_code and any(_CODE.search(part) for part in parts):
            return
        place = self._place(path)
        try:
            if contents is None:
                place.rmdir() if path.endswith("/") else place.unlink(missing_ok=True)
            elif path.endswith("/"):
                place.mkdir(parents=True, exist_ok=True)
            elif type(contents) is bytes:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(contents)
            if contents is not None:
                self._known[path] = _state(place.lstat())
        except OSError:
            return  # no space, or a folder of that name
        if contents is None:
            self._known.pop(path, None)

    def _scan(self) -> Iterator[tuple[str, tuple[int, int]]]:
        waiting, count = [(folder, top, 1) for top, folder in self._places.items()], 0
        while waiting:
            folder, below, depth = waiting.pop()
            for entry, status in _list(folder):
                path = f"{below}{entry.name}"
                if stat.S_ISREG(status.st_mode):
                    yield path, _state(status)
                    count += 1
                elif stat.S_ISDIR(status.st_mode) and depth < MAX_DEPTH:
                    yield f"{path}/", (0, 0)
                    count += 1
                    waiting.append((folder / entry.name, f"{path}/", depth + 1))
                if count >= MAX_FILES:
                    return


def temporary_folder() -> Path | None:
    """Return the folder of temporary files, if it is one of the sandbox's own, at the same place in both processes."""
    return Path("/tmp") if os.environ.get("TMPDIR") == "/tmp" else None  # noqa: S108  (the sandbox's own)


def _list(folder: Path) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    """Yield what is in a folder, save what is hidden, what Python keeps there, and what is mounted there."""
    try:
        device = folder.stat().st_dev
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if status.st_dev == device:
            yield entry, status


def _state(status: os.stat_result) -> tuple[int, int]:
    return (0, 0) if stat.S_ISDIR(status.st_mode) else (status.st_size, status.st_mtime_ns)
