"""Reading nbgrader's marks in a notebook. Pure: bytes and dictionaries in, plain data out."""

from __future__ import annotations

import json
from typing import Any


def visible_tests(content: bytes) -> dict[str, str]:
    """Return the source of a released notebook's test cells, by grade_id, in order; empty for what is no notebook."""
    try:
        cells = json.loads(content)["cells"]
        return {grade_id: source_of(cell) for cell in cells if (grade_id := find_test_id(cell)) is not None}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


def find_test_id(cell: Any) -> str | None:
    """Return the grade_id of an automatically graded test cell; None for any other cell."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(marks, dict) or not marks.get("grade") or marks.get("solution") or marks.get("task"):
        return None
    grade_id = marks.get("grade_id")
    return grade_id if isinstance(grade_id, str) and grade_id else None


def source_of(cell: Any) -> str:
    """Return a cell's source as one text."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def has_code(source: str) -> bool:
    """Say whether anything but comments and blank lines stands in `source`."""
    return any(line.strip() and not line.strip().startswith("#") for line in source.splitlines())
