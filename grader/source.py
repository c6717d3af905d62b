"""The instructor's notebook: its cells, their points, and what learners are shown of them.

nbgrader and nbformat are imported where they are used: it takes seconds, which only a process that grades should spend.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import logging
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from grader.errors import SourceError
from grader.ingest import CellType

if TYPE_CHECKING:
    from nbformat import NotebookNode

Role = Literal["test", "solution", "manual", "task", "locked", "plain"]
_CLASS = re.compile(r"^\s*class\s+(\w+)", re.MULTILINE)
PREPARED_FORMAT = 1
"""The version of what `SourceNotebook.to_json` makes."""
LANGUAGES = ("python", "ipython", "")


@dataclass(frozen=True, kw_only=True)
class SourceCell:
    """One cell of the instructor's version. `visible` is its text in the release version."""

    role: Role
    cell_type: CellType
    grade_id: str | None
    points: Decimal
    source: str
    visible: str

    @property
    def has_hidden(self) -> bool:
        """Whether learners are shown only a part of this test."""
        return self.role == "test" and self.source != self.visible


@dataclass(frozen=True, kw_only=True)
class SourceNotebook:
    """The instructor's version, ready to be graded against."""

    cells: tuple[SourceCell, ...]
    title: str

    @property
    def labelled(self) -> dict[str, SourceCell]:
        """The cells that have a grade_id, in order."""
        return {cell.grade_id: cell for cell in self.cells if cell.grade_id is not None}

    @property
    def classes(self) -> frozenset[str]:
        """The names of the classes that the notebook defines."""
        code = (cell.source for cell in self.cells if cell.cell_type == "code")
        return frozenset(name for source in code for name in _CLASS.findall(source))

    @property
    def max_score(self) -> Decimal:
        """The points to be had."""
        return sum((cell.points for cell in self.cells), Decimal(0))

    def to_json(self) -> dict[str, Any]:
        """Return the notebook as plain JSON data, which is read without nbgrader."""
        cells = [{**dataclasses.asdict(cell), "points": str(cell.points)} for cell in self.cells]
        return {"format": PREPARED_FORMAT, "title": self.title, "cells": cells}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> SourceNotebook:
        """Return the notebook that `to_json` made `data` of. Raises SourceError for another format's."""
        if data.get("format") != PREPARED_FORMAT:
            raise SourceError(f"prepared in format {data.get('format')}, not {PREPARED_FORMAT}: publish it again")
        cells = tuple(SourceCell(**{**cell, "points": Decimal(cell["points"])}) for cell in data["cells"])
        return cls(cells=cells, title=data["title"])


def read_notebook(body: bytes) -> NotebookNode:
    """Return the instructor's notebook, upgraded to nbformat 4 and nbgrader's newest schema. Raises SourceError."""
    import nbformat  # noqa: PLC0415
    from nbgrader.nbgraderformat import MetadataValidator  # noqa: PLC0415
    from nbgrader.nbgraderformat.common import SchemaMismatchError, ValidationError  # noqa: PLC0415

    try:
        notebook = nbformat.reads(body.decode("utf-8-sig"), as_version=4)
    except Exception as error:
        raise SourceError(f"not a notebook that can be read: {_first_line(error)}") from error
    for position, cell in enumerate(notebook.cells, start=1):
        _upgrade(cell, f"{position}")
    for position, cell in enumerate(notebook.cells, start=1):
        try:
            MetadataValidator().validate_cell(cell)
        except (ValidationError, SchemaMismatchError) as error:
            raise SourceError(_first_line(error), label(cell, position)) from error
    try:
        MetadataValidator().validate_nb(notebook)
    except (ValidationError, SchemaMismatchError) as error:
        raise SourceError(_first_line(error)) from error
    return notebook


def _upgrade(cell: NotebookNode, position: str) -> None:
    from nbgrader.nbgraderformat import MetadataValidator  # noqa: PLC0415

    marks = cell.metadata.get("nbgrader")
    if marks is None:
        return
    if not isinstance(marks, dict):
        raise SourceError("its nbgrader metadata is not an object", position)
    if not marks:  # what nbgrader leaves of a copied cell
        del cell.metadata["nbgrader"]
        return
    try:
        MetadataValidator().upgrade_cell_metadata(cell)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SourceError(f"its nbgrader metadata can't be upgraded: {_first_line(error)}", position) from error


def label(cell: NotebookNode, position: int) -> str:
    """Return how to name `cell` to its author: its grade_id, else its position (from 1)."""
    marks = cell.metadata.get("nbgrader") or {}
    return str(marks.get("grade_id") or position)


@functools.lru_cache(maxsize=64)
def load_source(body: bytes) -> SourceNotebook:
    """Return the instructor's version as the grader needs it. Raises SourceError naming the cell.

    A course's notebooks are graded again and again, and reading one takes longer than running it.
    """
    notebook = read_notebook(body)
    require_python(notebook)
    cells = tuple(_source_cell(cell, position) for position, cell in enumerate(notebook.cells, start=1))
    return SourceNotebook(cells=cells, title=str(notebook.metadata.get("title") or ""))


def require_python(notebook: NotebookNode) -> None:
    """Raise SourceError for a notebook in another language."""
    spec = notebook.metadata.get("kernelspec", {})
    language = str(spec.get("language") or notebook.metadata.get("language_info", {}).get("name") or "").lower()
    if language not in LANGUAGES:
        raise SourceError(f"the notebook is in {language}; only Python notebooks can be graded so far")


def _source_cell(cell: NotebookNode, position: int) -> SourceCell:
    marks = cell.metadata.get("nbgrader") or {}
    name = label(cell, position)
    role = role_of(cell)
    points = _points(marks.get("points"), name) if role in ("test", "manual", "task") else Decimal(0)
    return SourceCell(
        role=role,
        cell_type=cell.cell_type,
        grade_id=str(marks["grade_id"]) if role != "plain" else None,
        points=points,
        source=cell.source,
        visible=_visible(cell, role, name),
    )


def role_of(cell: NotebookNode) -> Role:
    """Return what `cell` is for: nbgrader's flags, read as nbgrader reads them."""
    marks = cell.metadata.get("nbgrader") or {}
    if marks.get("task"):
        return "task"
    if marks.get("grade"):
        if marks.get("solution"):
            return "manual"
        return "test" if cell.cell_type == "code" else "manual"
    if marks.get("solution"):
        return "solution"
    return "locked" if marks.get("locked") else "plain"


def _points(value: Any, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise SourceError(f"points have to be a number from 0 upwards, not {json.dumps(value, default=str)}", name)
    return Decimal(str(value)).quantize(Decimal("0.001"))


def _visible(cell: NotebookNode, role: Role, name: str) -> str:
    """Return the cell's text after nbgrader's own preprocessors."""
    import nbformat  # noqa: PLC0415
    from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions  # noqa: PLC0415

    copy = nbformat.from_dict(cell)
    resources = {"language": "python"}
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # they tell it in exceptions, too
    try:
        for preprocessor in (ClearSolutions, ClearHiddenTests, ClearMarkScheme):
            copy, _ = preprocessor().preprocess_cell(copy, resources, 0)
    except (RuntimeError, KeyError) as error:
        raise SourceError(_first_line(error), name) from error
    return str(copy.source)


def _first_line(error: BaseException) -> str:
    text = str(getattr(error, "message", "") or error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
