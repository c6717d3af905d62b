"""Courses and notebooks as an instructor writes them, and what learners make of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from grader.certificate import Certificate
from grader.grading import GradeOutcome, GraderOptions
from grader.report import CellResult, CellStatus, Report, ReportStatus
from nbquest.courses import api as courses
from nbquest.courses.models import PreparedNotebookRow
from nbquest.files.store import BlobStore

SQUARES = "squares"
"""A course of one assignment, whose notebook asks for a function: 2 points by a visible test, 3 by a hidden one."""

SOLUTION = "def square(x):\n    return x * x"
WRONG_FOR_NEGATIVES = "def square(x):\n    return x * x if x > 0 else 0"


def cell(source: str, *, kind: str = "code", **marks: Any) -> dict[str, Any]:
    """Return a cell; `marks` are nbgrader's metadata of it."""
    metadata: dict[str, Any] = {}
    if marks:
        metadata["nbgrader"] = {"schema_version": 3, "grade": False, "locked": False, "solution": False, **marks}
        metadata["nbgrader"].setdefault("task", False)
    made: dict[str, Any] = {"cell_type": kind, "metadata": metadata, "source": source}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def notebook(*cells: dict[str, Any]) -> bytes:
    """Return a notebook of these cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for number, made in enumerate(cells):
        made["id"] = f"cell-{number}"
    content = {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content).encode()


def squares_source(points: tuple[int, int] = (2, 3), extra: str = "") -> bytes:
    """Return the instructor's notebook that asks for `square`."""
    solution = f"### BEGIN SOLUTION\n{SOLUTION}\n### END SOLUTION"
    hidden = dedent("""
        assert square(1) == 1
        ### BEGIN HIDDEN TESTS
        assert square(-3) == 9
        ### END HIDDEN TESTS
    """).strip()
    return notebook(
        cell(f"# Squares\n{extra}", kind="markdown"),
        cell(solution, grade_id="square", solution=True),
        cell("assert square(2) == 4", grade_id="visible", grade=True, locked=True, points=points[0]),
        cell(hidden, grade_id="hidden", grade=True, locked=True, points=points[1]),
    )


def weak_source() -> bytes:
    """Return an instructor's notebook with a test that checks nothing, and one that runs text as code."""
    return notebook(
        cell(f"### BEGIN SOLUTION\n{SOLUTION}\n### END SOLUTION", grade_id="square", solution=True),
        cell("mine = square", grade_id="nothing", grade=True, locked=True, points=1),
        cell("assert eval('square' + '(2)') == 4", grade_id="runs", grade=True, locked=True, points=1),
    )


def squares_submission(solution: str = SOLUTION) -> bytes:
    """Return what a learner hands in."""
    return notebook(
        cell("# Squares", kind="markdown"),
        cell(solution, grade_id="square", solution=True),
        cell("assert square(2) == 4", grade_id="visible", grade=True, locked=True, points=2),
        cell("assert square(1) == 1", grade_id="hidden", grade=True, locked=True, points=3),
    )


def write_course(folder: Path, files: Mapping[str, bytes], manifest: str | None = None) -> Path:
    """Write a course folder: `files` by path below `source`."""
    for name, content in files.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if manifest is not None:
        (folder / "course.toml").write_text(dedent(manifest), encoding="utf-8")
    return folder


def publish_squares(session: Session, blobs: BlobStore, folder: Path, *assignments: str) -> None:
    """Publish a course named `squares` with these assignments (one, `first`, by default), each of 5 points."""
    names = assignments or ("first",)
    path = write_course(folder / SQUARES, {f"{name}/squares.ipynb": squares_source() for name in names})
    courses.publish_course(session, blobs, path, publisher="teacher", grader_options=GraderOptions())


def keep_certificate(session: Session, course: str, assignment: str, certificate: Certificate) -> None:
    """Give the notebooks of the assignment's newest version this certificate, as if publishing had found it."""
    version_id = courses.get_assignment_key(session, course, assignment).version_id
    session.execute(
        update(PreparedNotebookRow)
        .where(PreparedNotebookRow.version_id == version_id)
        .values(certificate=certificate.to_json(), problem=None)
    )


def outcome(
    cells: Mapping[str, tuple[float, float]],
    *,
    status: ReportStatus = "graded",
    needs_manual: tuple[str, ...] = (),
    repairs: tuple[str, ...] = (),
) -> GradeOutcome:
    """Return a verdict as the grader gives it: score and maximum by grade_id."""
    return GradeOutcome(
        report=Report(
            status=status,
            isolation="shared",
            score=sum((Decimal(str(score)) for score, _ in cells.values()), Decimal(0)),
            max_score=sum((Decimal(str(maximum)) for _, maximum in cells.values()), Decimal(0)),
            needs_manual=needs_manual,
            repairs=repairs,
            message=None,
            seconds=0.1,
            cells=tuple(_cell_result(grade_id, *points) for grade_id, points in cells.items()),
        ),
        executed_notebook=None,
        feedback_html=None,
    )


def _cell_result(grade_id: str, score: float, maximum: float) -> CellResult:
    status: CellStatus = "passed" if score == maximum else "partial" if score else "failed"
    return CellResult(
        grade_id=grade_id,
        score=Decimal(str(score)),
        max_score=Decimal(str(maximum)),
        status=status,
        message=None,
        hidden=False,
    )
