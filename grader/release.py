"""Makes the release version of an assignment with nbgrader's own preprocessors, in memory."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from grader.autotest import has_directives, instantiate
from grader.errors import SourceError
from grader.kernels import graded_kernels, offered_kernels
from grader.options import GraderOptions
from grader.source import SourceNotebook, clear_solutions, kernel_of, label, load_source, read_notebook

GRADED = ("test", "manual", "task")
__all__ = ["Release", "SourceError", "instantiate_source", "make_release"]


@dataclass(frozen=True, kw_only=True)
class Release:
    """An assignment's notebook in its two versions: `source` to grade against, `release` for learners."""

    source: bytes
    release: bytes
    max_score: Decimal
    grade_ids: tuple[str, ...]
    warnings: tuple[str, ...]


def make_release(source: bytes, *, name: str, resources: Mapping[str, bytes], options: GraderOptions) -> Release:
    """Return both versions of the notebook `name`. Raises SourceError naming the cell.

    Learners' files hold no outputs, solutions, hidden tests or marking schemes. AUTOTEST directives are instantiated by
    running the notebook in the sandbox.
    """
    notebook = _instantiated(source, resources, options)
    graded = nbformat.from_dict(notebook)
    _apply(graded, (ClearOutput,))
    body = _bytes(graded)
    plan = load_source(body)
    _apply(
        notebook,
        (
            LockCells,
            ClearSolutions,
            ClearOutput,
            CheckCellMetadata,
            ComputeChecksums,
            ClearHiddenTests,
            ClearMarkScheme,
            ComputeChecksums,
            CheckCellMetadata,
        ),
    )
    _drop_hints(notebook)
    grade_ids = tuple(str(cell.grade_id) for cell in plan.cells if cell.role in GRADED)
    warnings = _warnings(name, plan, options)
    return Release(
        source=body, release=_bytes(notebook), max_score=plan.max_score, grade_ids=grade_ids, warnings=warnings
    )


def instantiate_source(source: bytes, *, resources: Mapping[str, bytes], options: GraderOptions) -> bytes:
    """Return the instructor's version with its AUTOTEST directives replaced by tests. Raises SourceError."""
    return _bytes(_instantiated(source, resources, options))


def _instantiated(source: bytes, resources: Mapping[str, bytes], options: GraderOptions) -> NotebookNode:
    notebook = read_notebook(source)
    if has_directives(notebook):
        if not kernel_of(notebook).is_python:
            raise SourceError("AUTOTEST directives work in Python notebooks only")
        instantiate(notebook, resources, options)
    return notebook


def _apply(notebook: NotebookNode, preprocessors: tuple[Any, ...]) -> None:
    """Run nbgrader's preprocessors over `notebook`, cell by cell, so that an error can name its cell."""
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # what they log is in what they raise
    solutions, resources = clear_solutions(kernel_of(notebook).language)
    notebook.metadata.pop("celltoolbar", None)
    for preprocessor in (solutions if make is ClearSolutions else make() for make in preprocessors):
        if isinstance(preprocessor, CheckCellMetadata):
            preprocessor.preprocess(notebook, resources)
            continue
        for index, cell in enumerate(notebook.cells):
            try:
                notebook.cells[index], _ = preprocessor.preprocess_cell(cell, resources, index)
            except (RuntimeError, ValueError, KeyError) as error:
                text = " ".join(str(error).split())[:300]
                raise SourceError(text, label(cell, index + 1)) from error


def _drop_hints(notebook: NotebookNode) -> None:
    """Take the hints out of what learners are given: they are for when a hidden test fails."""
    for cell in notebook.cells:
        settings = cell.metadata.get("nbquest")
        if isinstance(settings, dict):
            settings.pop("hint", None)


def _bytes(notebook: NotebookNode) -> bytes:
    return str(nbformat.writes(notebook)).encode()


def _warnings(name: str, source: SourceNotebook, options: GraderOptions) -> tuple[str, ...]:
    found = []
    if not any(cell.role in GRADED for cell in source.cells):
        found.append(f"{name}: no cell is graded.")
    elif source.max_score == 0:
        found.append(f"{name}: there are no points to be had.")
    if source.kernel.name.lower() not in offered_kernels(options) and source.kernel.name != "python":
        there = ", ".join(sorted(offered_kernels(options))) or "none"
        found.append(f"{name}: it names the kernel {source.kernel.name}; learners' servers have {there}.")
        if not source.kernel.is_python and source.kernel.name.lower() not in graded_kernels(options):
            found.append(f"{name}: nothing that is handed in can be graded until that kernel is installed.")
    return tuple(found)
