"""The verdict on one submission: frozen records, and the JSON that `python -m grader grade` prints."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

CellStatus = Literal["passed", "partial", "failed", "error", "timeout", "not-run", "manual"]
ReportStatus = Literal["graded", "error-in-cell", "timeout", "memory-limit", "rejected-invalid"]
Isolation = Literal["separate", "shared", "kernel"]


@dataclass(frozen=True, kw_only=True)
class CellResult:
    """What one graded cell earned. `message` is what the learner may see; `hidden` says that a hidden test failed."""

    grade_id: str
    score: Decimal
    max_score: Decimal
    status: CellStatus
    message: str | None = None
    hidden: bool = False

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
    """The verdict. `warnings` are for the instructor only; everything else the learner may see."""

    status: ReportStatus
    isolation: Isolation
    score: Decimal
    max_score: Decimal
    needs_manual: tuple[str, ...]
    repairs: tuple[str, ...]
    message: str | None
    seconds: float
    cells: tuple[CellResult, ...]
    warnings: tuple[str, ...] = ()

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
