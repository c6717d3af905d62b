"""Reads a submission as data, before any code runs: size, depth and shape are checked, and little is kept.

Only source text, cell type and grade_id of each cell leave this module. Metadata, tags, outputs, attachments and the
kernelspec of the learner's file are dropped here, so nothing later can trust them.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from grader.errors import InvalidSubmission

CellType = Literal["code", "markdown", "raw"]

MAX_BYTES = 32 << 20
MAX_DEPTH = 60
MAX_ITEMS = 1_000_000
MAX_CELLS = 5_000
MAX_SOURCE = 1 << 20
MAX_DIGITS = 300
MAX_ID = 300
# A string, even one that never ends, so that the scan stays linear.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_TOO_DEEP = "This file is nested too deep for a notebook."
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class SubmittedCell:
    """One cell of the learner's notebook."""

    cell_type: CellType
    source: str
    grade_id: str | None


def read_file(path: Path) -> bytes:
    """Return the bytes of a regular file of at most MAX_BYTES. Never blocks; raises InvalidSubmission."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise InvalidSubmission("The notebook can't be opened; it has to be an ordinary file.") from error
    with os.fdopen(descriptor, "rb", closefd=True) if _is_regular(descriptor) else _refused(descriptor) as file:
        body = file.read(MAX_BYTES + 1)
    _check_size(len(body))
    return body


def _is_regular(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _refused(descriptor: int) -> Any:
    os.close(descriptor)
    raise InvalidSubmission("The notebook has to be an ordinary file.")


def read_submission(body: bytes) -> tuple[SubmittedCell, ...]:
    """Return the cells of the notebook in `body`. Raises InvalidSubmission with a message for the learner."""
    _check_size(len(body))
    notebook = _decode(_text(body))
    if not isinstance(notebook, dict):
        raise InvalidSubmission("This file is not a notebook.")
    version = notebook.get("nbformat")
    if type(version) is not int:
        raise InvalidSubmission("This file is not a notebook: it doesn't say which notebook format it has.")
    if version != 4:
        raise InvalidSubmission(
            f"This notebook has format {version}; open it in JupyterLab, save it there (format 4), and submit again."
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise InvalidSubmission("This file is not a notebook: it has no list of cells.")
    if len(cells) > MAX_CELLS:
        raise InvalidSubmission(f"This notebook has more than {MAX_CELLS} cells.")
    return tuple(_cell(cell, number) for number, cell in enumerate(cells, start=1))


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise InvalidSubmission(
            f"This notebook is larger than {MAX_BYTES >> 20} MB; clear its outputs, save it, and submit again."
        )


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSubmission("This file is not a notebook: it isn't UTF-8 text.") from error


def _decode(text: str) -> Any:
    if _items(text) > MAX_ITEMS and _items(_STRING.sub("", text)) > MAX_ITEMS:
        raise InvalidSubmission("This notebook has too many parts; clear its outputs, save it, and submit again.")
    try:
        notebook = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except RecursionError as error:
        raise InvalidSubmission(_TOO_DEEP) from error
    except (ValueError, MemoryError) as error:
        raise InvalidSubmission("This file is not a notebook, or it was cut off: it isn't valid JSON.") from error
    _check_depth(notebook)
    return notebook


def _items(text: str) -> int:
    """Return how many values `text` can hold at most: each takes far more memory than its one or two characters."""
    return text.count(",") + text.count("[") + text.count("{")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner = [item for item in level if type(item) in (dict, list)]
        if not inner:
            return
        level = [item for holder in inner for item in (holder.values() if type(holder) is dict else holder)]
    raise InvalidSubmission(_TOO_DEEP)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InvalidSubmission("This notebook is damaged: the same key occurs twice.")
    return result


def _constant(name: str) -> Any:
    raise InvalidSubmission(f"This notebook is damaged: {name} is not valid JSON.")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise InvalidSubmission("This notebook is damaged: it holds an enormous number.")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise InvalidSubmission("This notebook is damaged: it holds an infinite number.")
    return value


def _cell(cell: Any, number: int) -> SubmittedCell:
    if not isinstance(cell, dict):
        raise InvalidSubmission(f"Cell {number} of this notebook is damaged.")
    kind = cell.get("cell_type")
    if kind not in ("code", "markdown", "raw"):
        raise InvalidSubmission(f"Cell {number} of this notebook is neither code nor text.")
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise InvalidSubmission(f"Cell {number} of this notebook is damaged: it has no text.")
    if len(source) > MAX_SOURCE:
        raise InvalidSubmission(f"Cell {number} of this notebook is too long.")
    return SubmittedCell(cell_type=kind, source=_clean(source), grade_id=_grade_id(cell))


def _clean(source: str) -> str:
    return _SURROGATES.sub("\ufffd", source.replace("\r\n", "\n"))


def _grade_id(cell: dict[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    if not isinstance(grade_id, str) or not 0 < len(grade_id) <= MAX_ID or _SURROGATES.search(grade_id):
        return None
    return grade_id
