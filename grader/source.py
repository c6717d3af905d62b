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
from grader.languages import find_language, is_python

if TYPE_CHECKING:
    from nbformat import NotebookNode

Role = Literal["test", "solution", "manual", "task", "locked", "plain"]
_CLASS = re.compile(r"^\s*class\s+(\w+)", re.MULTILINE)
MAX_HINT = 500
PREPARED_FORMAT = 1
"""The version of what `SourceNotebook.to_json` makes."""


@dataclass(frozen=True, kw_only=True)
class NotebookKernel:
    """The kernel that a notebook asks for, as its kernelspec says."""

    name: str = "python3"
    language: str = "python"
    display_name: str = "Python 3"

    @property
    def is_python(self) -> bool:
        """Whether the notebook is in Python."""
        return is_python(self.language)


PYTHON_KERNEL = NotebookKernel()


@dataclass(frozen=True, kw_only=True)
class SourceCell:
    """One cell of the instructor's version. `visible` is its text in the release version."""

    role: Role
    cell_type: CellType
    grade_id: str | None
    points: Decimal
    source: str
    visible: str
    hint: str | None = None
    """What a learner is told when a hidden part of this test fails and no comment in it says more."""

    @property
    def has_hidden(self) -> bool:
        """Whether learners are shown only a part of this test."""
        return self.role == "test" and self.source != self.visible


@dataclass(frozen=True, kw_only=True)
class SourceNotebook:
    """The instructor's version, ready to be graded against."""

    cells: tuple[SourceCell, ...]
    title: str
    kernel: NotebookKernel = PYTHON_KERNEL

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
        kernel = dataclasses.asdict(self.kernel)
        return {"format": PREPARED_FORMAT, "title": self.title, "kernel": kernel, "cells": cells}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> SourceNotebook:
        """Return the notebook that `to_json` made `data` of. Raises SourceError for another format's."""
        if data.get("format") != PREPARED_FORMAT:
            raise SourceError(f"prepared in format {data.get('format')}, not {PREPARED_FORMAT}: publish it again")
        cells = tuple(SourceCell(**{**cell, "points": Decimal(cell["points"])}) for cell in data["cells"])
        return cls(cells=cells, title=data["title"], kernel=NotebookKernel(**data.get("kernel", {})))


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
    kernel = kernel_of(notebook)
    cells = tuple(_source_cell(cell, position, kernel) for position, cell in enumerate(notebook.cells, start=1))
    return SourceNotebook(cells=cells, title=str(notebook.metadata.get("title") or ""), kernel=kernel)


def kernel_of(notebook: NotebookNode) -> NotebookKernel:
    """Return the kernel that `notebook` names. Without a language it is taken for Python, as nbgrader does."""
    spec = notebook.metadata.get("kernelspec", {})
    language = spec.get("language") or notebook.metadata.get("language_info", {}).get("name") or "python"
    name = spec.get("name") or ("python3" if is_python(str(language)) else language)
    title = spec.get("display_name") or name
    return NotebookKernel(name=str(name), language=str(language), display_name=str(title))


def _source_cell(cell: NotebookNode, position: int, kernel: NotebookKernel) -> SourceCell:
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
        visible=_visible(cell, name, kernel),
        hint=_hint(cell, name) if role == "test" else None,
    )


def _hint(cell: NotebookNode, name: str) -> str | None:
    """Return the hint in the cell's `nbquest` metadata."""
    settings = cell.metadata.get("nbquest")
    hint = settings.get("hint") if isinstance(settings, dict) else None
    if hint is not None and not isinstance(hint, str):
        raise SourceError("the hint in its nbquest metadata is not a text", name)
    return hint.strip()[:MAX_HINT] or None if hint else None


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


def clear_solutions(language: str) -> tuple[Any, dict[str, Any]]:
    """Return nbgrader's preprocessor for solutions in `language`, and the resources that it needs."""
    from nbgrader.preprocessors import ClearSolutions  # noqa: PLC0415

    known = {name.lower(): stub for name, stub in ClearSolutions().code_stub.items()}
    key = "python" if is_python(language) else language.lower()
    return ClearSolutions(code_stub={key: known.get(key, find_language(key).stub)}), {"language": key}


def _visible(cell: NotebookNode, name: str, kernel: NotebookKernel) -> str:
    """Return the cell's text after nbgrader's own preprocessors."""
    import nbformat  # noqa: PLC0415
    from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme  # noqa: PLC0415

    copy = nbformat.from_dict(cell)
    solutions, resources = clear_solutions(kernel.language)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # they tell it in exceptions, too
    try:
        for preprocessor in (solutions, ClearHiddenTests(), ClearMarkScheme()):
            copy, _ = preprocessor.preprocess_cell(copy, resources, 0)
    except (RuntimeError, KeyError) as error:
        raise SourceError(_first_line(error), name) from error
    return str(copy.source)


def _first_line(error: BaseException) -> str:
    text = str(getattr(error, "message", "") or error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
