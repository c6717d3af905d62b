"""Keeps the working folders of the two processes alike: what one writes, the other finds.

Only plain files below the folder cross, within caps, and never towards the test process any that Python might import.
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
    r"\.(py|pyc|pyd|pyi|pyw|so|pth|egg|zip|whl|ipynb)\Z|\A(sitecustomize|usercustomize|matplotlibrc)", re.IGNORECASE
)
_ABOUT_FILES = re.compile(
    r"\bopen\s*\(|\bos\b|\bPath\b|pathlib|shutil|tempfile|glob|sqlite|read_\w+\(|\.to_(csv|json|excel|parquet|html)|"
    r"savefig|loadtxt|genfromtxt|savetxt|imread|imsave|np\.(load|save)|\.(txt|csv|tsv|json|db|png|jpe?g|npy|npz|xlsx?|dat|log|md)\b"
)


def is_about_files(source: str) -> bool:
    """Whether a cell may read or write files."""
    return _ABOUT_FILES.search(source) is not None


class WorkingFolder:
    """The working folder of this process, and what the other is known to have in its own."""

    def __init__(self, folder: Path, *, takes_code: bool) -> None:
        self._folder = folder
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
                contents = (self._folder / path).read_bytes()
            except OSError:
                continue
            total += len(contents)
            changes.append((path, contents))
        changes += [(path, None) for path in self._known if path not in found]
        self._known = found
        return tuple(changes)

    def apply(self, changes: Any) -> None:
        """Make this folder like the other's. Raises CodecError for a path that leads elsewhere."""
        for path, contents in changes:
            self._apply(path, contents)

    def _apply(self, path: Any, contents: Any) -> None:
        parts = PurePosixPath(path).parts if type(path) is str else ()
        if not parts or len(parts) > MAX_DEPTH or any(part in ("..", "/", ".") or "\0" in part for part in parts):
            raise CodecError("not a path below the working folder")
        if not self._takes_code and any(_CODE.search(part) for part in parts):
            return
        place = self._folder.joinpath(*parts)
        try:
            if contents is None:
                place.unlink(missing_ok=True)
            elif type(contents) is bytes:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(contents)
                self._known[path] = _state(place.lstat())
        except OSError:
            return  # no space, or a folder of that name
        if contents is None:
            self._known.pop(path, None)

    def _scan(self) -> Iterator[tuple[str, tuple[int, int]]]:
        waiting, count = [("", 1)], 0
        while waiting:
            below, depth = waiting.pop()
            try:
                entries = list(os.scandir(self._folder / below))
            except OSError:
                continue
            for entry in entries:
                path = f"{below}{entry.name}"
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                if entry.name.startswith(".") or entry.name == "__pycache__":
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield path, _state(status)
                    count += 1
                elif stat.S_ISDIR(status.st_mode) and depth < MAX_DEPTH:
                    waiting.append((f"{path}/", depth + 1))
                if count >= MAX_FILES:
                    return


def _state(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
