"""The learner's files: what was fetched, what was changed since, and how new files come in without losing any work."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_nbquest import records
from jupyter_nbquest.errors import FolderInTheWay, NotANotebook, NotFetched, UnsafeRelease
from jupyter_nbquest.notebooks import visible_tests
from jupyter_nbquest.paths import RECORD_NAME, assignment_folder, check_relative_path, file_in, is_slug
from jupyter_nbquest.records import PendingSubmission, Record

MAX_LISTED = 1000
MAX_NOTEBOOK_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A changed file that was kept beside the new one. Paths are relative to the assignment's folder."""

    path: str
    kept_as: str


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What a fetch did. `folder` is relative to the server's root; the other paths to that folder."""

    folder: str
    version: int
    written: list[str]
    kept: list[Kept]


@dataclass(frozen=True, kw_only=True)
class LocalAssignment:
    """An assignment among the learner's files."""

    course: str
    assignment: str
    fetched_version: int
    folder: str
    notebooks: list[str]
    changed: bool
    draft_problem: str | None = None
    """Why what was saved could not be told to the site, where that was wished for."""


class Workspace:
    """The assignments under one root folder, as `<course>/<assignment>/`. Every method works on files and so blocks."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, course: str, assignment: str) -> Path:
        """Return the folder of an assignment, whether it is there or not."""
        return assignment_folder(self.root, course, assignment)

    def get_record(self, course: str, assignment: str) -> Record:
        """Return what was fetched; raise NotFetched when nothing was."""
        record = records.find_record(self.folder(course, assignment))
        if record is None or (record.course, record.assignment) != (course, assignment):
            raise NotFetched()
        return record

    def list_assignments(self) -> list[LocalAssignment]:
        """Return what was fetched, ordered by course and assignment, at most MAX_LISTED."""
        return list(self._local_assignments())[:MAX_LISTED]

    def _local_assignments(self) -> Iterator[LocalAssignment]:
        for path in sorted(self.root.glob(f"*/*/{RECORD_NAME}"))[:MAX_LISTED]:
            course, assignment = path.parent.parent.name, path.parent.name
            if not (is_slug(course) and is_slug(assignment)):
                continue
            try:
                record = self.get_record(course, assignment)
                changed = any(self._differs(path.parent, record, name) for name in record.files)
            except (NotFetched, FolderInTheWay, UnsafeRelease, OSError):
                continue
            yield LocalAssignment(
                course=course,
                assignment=assignment,
                fetched_version=record.version,
                folder=f"{course}/{assignment}",
                notebooks=record.notebooks,
                changed=changed,
            )

    def _differs(self, folder: Path, record: Record, name: str) -> bool:
        return records.find_digest(file_in(folder, name)) != record.files[name]

    def write_release(self, course: str, assignment: str, release: Any, now: datetime) -> Fetched:
        """Write the files of `release` (a Release as the service sends it). Changed files are kept beside, never lost.

        All paths and contents are checked before the first file is written.
        """
        files = _read_release(release, course, assignment)
        folder = self.folder(course, assignment)
        before = records.find_record(folder)
        targets = {name: file_in(folder, name) for name in files}
        for name, target in targets.items():
            if target.is_dir():
                raise FolderInTheWay(f"“{name}” is a folder, but a file belongs there. Rename it, then fetch again.")
        written, kept = [], []
        for name, content in files.items():
            target = targets[name]
            target.parent.mkdir(parents=True, exist_ok=True)
            present = records.find_digest(target)
            if present == records.digest(content):
                continue
            if present is not None and (before is None or before.files.get(name) != present):
                kept.append(Kept(path=name, kept_as=_keep_beside(target, name, now)))
            records.write_atomically(target, content)
            written.append(name)
        folder.mkdir(parents=True, exist_ok=True)
        record = Record(
            course=course,
            assignment=assignment,
            title=str(release.get("title") or assignment),
            version=int(release["version"]),
            files={name: records.digest(content) for name, content in files.items()},
            tests={name: visible_tests(content) for name, content in files.items() if name.endswith(".ipynb")},
            pending=before.pending if before else None,
            hand_in_at_due=before.hand_in_at_due if before else False,
        )
        records.write_record(folder, record)
        return Fetched(folder=f"{course}/{assignment}", version=record.version, written=written, kept=kept)

    def read_notebooks(self, course: str, assignment: str) -> dict[str, bytes]:
        """Return the saved notebooks of an assignment, by path; raise where one is missing or is no notebook."""
        record = self.get_record(course, assignment)
        folder = self.folder(course, assignment)
        return {name: _read_notebook(file_in(folder, name), name) for name in record.notebooks}

    def remember_pending(self, course: str, assignment: str, pending: PendingSubmission | None) -> None:
        """Remember, or forget with None, that a submission is under way."""
        record = self.get_record(course, assignment)
        if record.pending != pending:
            records.write_record(self.folder(course, assignment), replace(record, pending=pending))

    def remember_wish(self, course: str, assignment: str, *, wanted: bool) -> None:
        """Remember whether the learner wishes that what they save is handed in when it is due."""
        record = self.get_record(course, assignment)
        if record.hand_in_at_due != wanted:
            records.write_record(self.folder(course, assignment), replace(record, hand_in_at_due=wanted))


def _read_notebook(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > MAX_NOTEBOOK_BYTES:
            raise NotANotebook(f"“{name}” is larger than the site takes. Clear its outputs, save and try again.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise NotFetched(f"“{name}” is no longer in your files. Fetch the assignment again to get it back.") from None
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError):
        notebook = None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotANotebook(f"“{name}” can't be read as a notebook. Rename it, fetch again and copy your work over.")
    return content


def _read_release(release: Any, course: str, assignment: str) -> dict[str, bytes]:
    """Return the files of a release by path, every path and every sum checked."""
    try:
        if (release["course"], release["assignment"]) != (course, assignment):
            raise UnsafeRelease(reason="another assignment came")
        int(release["version"])
        files: dict[str, bytes] = {}
        for entry in release["files"]:
            name = str(check_relative_path(entry["path"]))
            content = base64.b64decode(entry["content_base64"], validate=True)
            if name in files or records.digest(content) != entry["sha256"]:
                raise UnsafeRelease(path=name)
            files[name] = content
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise UnsafeRelease(reason=type(error).__name__) from error
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    if not files or folders & files.keys():
        raise UnsafeRelease(reason="a file and a folder share a name, or there is no file")
    return files


def _keep_beside(target: Path, name: str, now: datetime) -> str:
    """Copy the learner's version of `target` to a name of its own beside it; return that, as `name` is written."""
    content = target.read_bytes()
    for number in range(1, 1000):
        suffix = "" if number == 1 else f" {number}"
        kept = target.with_name(f"{target.stem} (my work {now:%Y-%m-%d %H.%M}){suffix}{target.suffix}")
        try:
            records.write_new(kept, content)
        except FileExistsError:
            continue
        return str(PurePosixPath(name).with_name(kept.name))
    raise FolderInTheWay(f"There are too many kept versions of “{name}”. Move some elsewhere, then fetch again.")
