"""The verdict on one submission: frozen records, and the JSON that `python -m grader grade` prints.

The text below a field and beside a status is its documentation: `nbquest reference` makes docs/reference/report.md of
it, and refuses where something has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

CellStatus = Literal["passed", "partial", "failed", "error", "timeout", "not-run", "manual"]
ReportStatus = Literal["graded", "error-in-cell", "timeout", "memory-limit", "rejected-invalid"]
Isolation = Literal["separate", "shared", "kernel"]

CELL_STATUSES: Mapping[CellStatus, str] = {
    "passed": "The test ran to its end and the cell earned all its points.",
    "partial": "The test ran to its end, and its last expression gave some of the points.",
    "failed": "An assertion failed, the test wrote to standard error or gave no points, or an answer for a person to "
    "grade was left as it was.",
    "error": "The test ended in something other than a failed assertion, or its result could not be trusted.",
    "timeout": "The test took longer than it may and was stopped.",
    "not-run": "The test was not reached: the notebook had ended before it.",
    "manual": "A person gives the points. Until then the score is 0.",
}
"""What each status of a cell means."""

REPORT_STATUSES: Mapping[ReportStatus, str] = {
    "graded": "All cells were run. How many points that gave is another question.",
    "error-in-cell": "A cell of the learner's raised an error or ended its process. The others were run and count.",
    "timeout": "A cell, or all of them together, took longer than they may. What was tested counts.",
    "memory-limit": "The submission used more memory than it may and was ended. What was tested before counts.",
    "rejected-invalid": "The file can't be read as a notebook; `message` says what is wrong. Nothing was run.",
}
"""What each status of a submission means."""

ISOLATIONS: Mapping[Isolation, str] = {
    "separate": "The tests ran in a process of their own, away from the learner's code.",
    "shared": "The tests ran in the process of the learner's code, which was watched.",
    "kernel": "The tests ran in a Jupyter kernel of the notebook's language, together with the learner's code.",
}
"""What each engine does."""


@dataclass(frozen=True, kw_only=True)
class CellResult:
    """What one graded cell earned."""

    grade_id: str
    """The cell's name in the instructor's version."""
    score: Decimal
    """Points earned: never below 0, never above `max_score`."""
    max_score: Decimal
    """Points that the instructor's version gives the cell."""
    status: CellStatus
    """How it ended."""
    message: str | None = None
    """What the learner may see: the error of a visible test, the hint of a hidden one, or nothing."""
    hidden: bool = False
    """Whether what failed was hidden from the learner."""

    def to_json(self) -> dict[str, Any]:
        """Return the cell's part of the report."""
        return {
            "grade_id": self.grade_id,
            "score": float(self.score),
            "max_score": float(self.max_score),
            "status": self.status,
            "message": self.message,
            "hidden": self.hidden,
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """The verdict on one submission. `warnings` are for the instructor; all else the learner may see."""

    status: ReportStatus
    """How grading ended."""
    isolation: Isolation
    """The engine that ran the tests."""
    score: Decimal
    """Points earned: the sum over `cells`."""
    max_score: Decimal
    """Points that the instructor's version gives the notebook."""
    needs_manual: tuple[str, ...]
    """The grade_ids of the cells that wait for a person."""
    repairs: tuple[str, ...]
    """What was changed in the notebook and put right before it was run: a sentence each."""
    message: str | None
    """A sentence on why grading ended as it did, where there is something to say."""
    seconds: float
    """Wall time from the file's bytes to the verdict, in seconds."""
    cells: tuple[CellResult, ...]
    """The result of each graded cell, in the notebook's order; none where nothing was run."""
    warnings: tuple[str, ...] = ()
    """What the instructor should look at in the tests: a sentence each."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON data."""
        return {
            "status": self.status,
            "isolation": self.isolation,
            "score": float(self.score),
            "max_score": float(self.max_score),
            "needs_manual": list(self.needs_manual),
            "repairs": list(self.repairs),
            "message": self.message,
            "seconds": round(self.seconds, 4),
            "cells": [cell.to_json() for cell in self.cells],
            "warnings": list(self.warnings),
        }
