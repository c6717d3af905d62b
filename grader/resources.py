"""The files that lie beside an assignment's notebook."""

from __future__ import annotations

from pathlib import Path

from grader.errors import GraderError

MAX_BYTES = 128 << 20


def read_resources(folder: Path) -> dict[str, bytes]:
    """Return the files below `folder` by relative name: no notebooks, no hidden files, no links. Raises GraderError."""
    if not folder.is_dir():
        raise GraderError(f"{folder} is not a folder")
    found: dict[str, bytes] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in name.parts):
            continue
        if path.is_symlink() or not path.is_file() or path.suffix == ".ipynb":
            continue
        size += path.stat().st_size
        if size > MAX_BYTES:
            raise GraderError(f"the files in {folder} are more than {MAX_BYTES >> 20} MB together")
        found[name.as_posix()] = path.read_bytes()
    return found
