"""What is remembered beside an assignment's files: which version was fetched, and what its files looked like then."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jupyter_nbquest.paths import RECORD_NAME, is_slug

MAX_RECORD_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class PendingSubmission:
    """A submission whose answer never came: the same work is sent again under the same key."""

    key: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """What was fetched. `files` maps paths to the sha256 of what was written; `tests` maps notebooks to the release's
    visible test cells, by grade_id, in order. `hand_in_at_due`: what is saved is to be told to the site, which hands it
    in when it is due."""

    course: str
    assignment: str
    title: str
    version: int
    files: dict[str, str]
    tests: dict[str, dict[str, str]] = field(default_factory=dict)
    pending: PendingSubmission | None = None
    hand_in_at_due: bool = False

    @property
    def notebooks(self) -> list[str]:
        """The notebooks among the files, ordered."""
        return sorted(path for path in self.files if path.endswith(".ipynb"))


def find_record(folder: Path) -> Record | None:
    """Return what was fetched into `folder`; None when nothing was, or when its record can't be read."""
    path = folder / RECORD_NAME
    try:
        if path.stat().st_size > MAX_RECORD_BYTES:
            return None
        return _decode(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def write_record(folder: Path, record: Record) -> None:
    """Remember `record` beside the files."""
    write_atomically(folder / RECORD_NAME, json.dumps(asdict(record), indent=1).encode())


def _decode(data: Any) -> Record:
    pending = data.get("pending")
    record = Record(
        course=data["course"],
        assignment=data["assignment"],
        title=data["title"],
        version=data["version"],
        files=data["files"],
        tests=data["tests"],
        pending=PendingSubmission(**pending) if pending else None,
        hand_in_at_due=data.get("hand_in_at_due") is True,
    )
    texts = [record.title, *record.files, *record.files.values()]
    cells = [text for by_id in record.tests.values() for pair in by_id.items() for text in pair]
    valid = (
        is_slug(record.course)
        and is_slug(record.assignment)
        and type(record.version) is int
        and all(isinstance(text, str) for text in [*texts, *cells])
    )
    if not valid:
        raise ValueError("not a record")
    return record


def digest(content: bytes) -> str:
    """Return the sha256 of `content`, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def find_digest(path: Path) -> str | None:
    """Return the sha256 of the file at `path`; None when there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path` at once: who reads sees the old file or the new one, also after a crash."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".nbquest-", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def write_new(path: Path, content: bytes) -> None:
    """Put `content` at `path`; raise FileExistsError, and touch nothing, when something is there."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
