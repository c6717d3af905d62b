"""Which names and paths may become files in a learner's home. What the service sends is checked, never trusted."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from jupyter_nbquest.errors import FolderInTheWay, UnsafeRelease

RECORD_NAME = ".nbquest.json"
MAX_NAME_BYTES = 200
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RESERVED = frozenset({RECORD_NAME, ".ipynb_checkpoints"})


def is_slug(text: str) -> bool:
    """Say whether `text` can be the name of a course or of an assignment, and so of a folder."""
    return _SLUG.fullmatch(text) is not None


def check_relative_path(text: str) -> PurePosixPath:
    """Return `text` as a path inside an assignment's folder; raise UnsafeRelease when it could lead anywhere else."""
    parts = text.split("/")
    for part in parts:
        if part in {"", ".", ".."} or part in _RESERVED:
            raise UnsafeRelease(path=text)
        if "\\" in part or any(ord(character) < 32 or ord(character) == 127 for character in part):
            raise UnsafeRelease(path=text)
        if len(part.encode(errors="surrogatepass")) > MAX_NAME_BYTES or not _is_encodable(part):
            raise UnsafeRelease(path=text)
    return PurePosixPath(*parts)


def _is_encodable(part: str) -> bool:
    try:
        part.encode()
    except UnicodeEncodeError:
        return False
    return True


def assignment_folder(root: Path, course: str, assignment: str) -> Path:
    """Return the folder of an assignment; raise where a link leads out of `root` or a file stands there."""
    folder = _inside(root, root / course / assignment)
    if folder.exists() and not folder.is_dir():
        raise FolderInTheWay(
            f"“{course}/{assignment}” is a file, but a folder is needed there. Rename it, then try again."
        )
    return folder


def file_in(folder: Path, path: str) -> Path:
    """Return where `path` of a release belongs; raise where a link or a file stands in the way."""
    return _inside(folder, folder / check_relative_path(path))


def _inside(base: Path, path: Path) -> Path:
    """Return `path` when the folders between `base` and it are folders and no links lead out of `base`."""
    real_base = base.resolve()
    for parent in [*reversed(path.relative_to(base).parents)][1:]:
        step = base / parent
        if step.exists() and not step.is_dir():
            raise FolderInTheWay(f"“{parent}” is a file, but a folder is needed there. Rename it, then fetch again.")
    if not path.parent.resolve().is_relative_to(real_base):
        raise FolderInTheWay(
            f"The folder “{path.parent.name}” is a link that leads out of your files. Rename it, then fetch again."
        )
    if path.is_symlink() and not path.resolve().is_relative_to(real_base):
        raise FolderInTheWay(f"“{path.name}” is a link that leads elsewhere. Rename it, then fetch again.")
    return path
