"""Decides on points: pure rules from the records of a run to the results that are reported."""

from __future__ import annotations

import re
from decimal import Decimal

from grader.engine import Execution
from grader.records import CellRecord, Outcome
from grader.repair import Plan, PlannedCell
from grader.report import CellResult, CellStatus, ReportStatus

HIDDEN_FAILED = "A hidden test failed."
_HINT = re.compile(r"^\s*#+\s*HINT:\s*(.+?)\s*$", re.MULTILINE)
_BEGIN, _END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"


def score_cells(plan: Plan, execution: Execution) -> tuple[tuple[CellResult, ...], tuple[str, ...]]:
    """Return the result of each graded cell, in order, and the warnings for the instructor."""
    results, warnings = [], []
    records = zip(plan.cells, execution.scoring.records, execution.display.records, strict=True)
    for cell, scored, shown in records:
        if cell.role == "test":
            result, told = _score_test(cell, scored, shown, execution.has_hidden)
            results.append(result)
            warnings += told
        elif cell.role in ("manual", "task"):
            results.append(_score_manual(cell))
    return tuple(results), tuple(warnings)


def _score_manual(cell: PlannedCell) -> CellResult:
    """An answer that was left as it was earns nothing; any other waits for a person. As nbgrader does."""
    message = "Your instructor will grade this." if cell.changed else "There was no answer."
    status: CellStatus = "manual" if cell.changed else "failed"
    return CellResult(
        grade_id=str(cell.grade_id), score=Decimal(0), max_score=cell.points, status=status, message=message
    )


def _score_test(
    cell: PlannedCell, scored: CellRecord, shown: CellRecord, has_hidden: bool
) -> tuple[CellResult, list[str]]:
    score, status, warnings = _credit(cell, scored)
    hidden = status in ("failed", "error") and cell.has_hidden and shown.outcome == "passed" and not scored.tampered
    message = None if status == "passed" else _message(cell, scored, shown, status, has_hidden)
    result = CellResult(
        grade_id=str(cell.grade_id),
        score=score,
        max_score=cell.points,
        status=status,
        message=message,
        hidden=hidden,
    )
    return result, warnings


def _credit(cell: PlannedCell, record: CellRecord) -> tuple[Decimal, CellStatus, list[str]]:
    """Return score, status and warnings of a test cell. Anything on stderr earns nothing, as in nbgrader."""
    nothing = Decimal(0)
    failed: dict[str, CellStatus] = {
        "failed": "failed",
        "error": "error",
        "timeout": "timeout",
        "died": "error",
        "not-run": "not-run",
    }
    if record.outcome != "passed":
        return nothing, failed[record.outcome], []
    if record.stderr:
        return nothing, "failed", []
    name = f"Test cell “{cell.grade_id}”"
    if record.credit is None:
        return cell.points, "passed", []
    if record.credit == "unreadable":
        return nothing, "failed", [f"{name} ends in a value that is not a number of points; it earned 0."]
    if record.credit < 0:
        return nothing, "failed", [f"{name} gave {record.credit} points; it earned 0."]
    if record.credit > cell.points:
        return cell.points, "passed", [f"{name} gave {record.credit} points; it was capped at {cell.points}."]
    if record.credit == cell.points:
        return cell.points, "passed", []
    return record.credit, "partial" if record.credit > 0 else "failed", []


def _message(cell: PlannedCell, scored: CellRecord, shown: CellRecord, status: CellStatus, has_hidden: bool) -> str:
    """Return what the learner may see. Nothing from a process that held hidden tests is in it."""
    fixed = {
        "timeout": "This test took too long and was stopped.",
        "not-run": "This test was not run, because the notebook had ended before it.",
        "partial": "Some of the points.",
    }
    if status in fixed:
        return fixed[status]
    if scored.tampered:
        return "This test earns nothing, because the notebook changes how tests are run."
    if scored.outcome == "died":
        return "The notebook's process ended while this test ran."
    if shown.outcome in ("failed", "error") and shown.message:
        return shown.message
    if scored.stderr and scored.outcome == "passed":
        return "This test printed a warning or an error message (to stderr), which counts as a failure."
    if cell.has_hidden and shown.outcome == "passed":
        return hint(cell, scored.line) or HIDDEN_FAILED
    if scored.outcome == "passed":
        return "This test gave no points."
    return "The test failed." if has_hidden else scored.message or "The test failed."


def hint(cell: PlannedCell, line: int | None) -> str | None:
    """Return the author's hint (`# HINT: ...` among the hidden tests) that stands last before `line`, if any."""
    found: str | None = None
    inside = False
    for number, text in enumerate(cell.source.split("\n"), start=1):
        if _BEGIN in text:
            inside = True
        elif _END in text:
            inside = False
        elif inside and (match := _HINT.match(text)):
            if line is not None and number > line:
                break
            found = match.group(1)
    return found


def overall(plan: Plan, execution: Execution) -> tuple[ReportStatus, str | None]:
    """Return the status of the whole submission and a sentence about it."""
    logs = (execution.scoring, execution.display)
    if any(log.ending == "memory-limit" for log in logs):
        return "memory-limit", "Your notebook used more memory than it may; the cells after that were not run."
    if _any(execution, "timeout") or any(log.ending == "timeout" for log in logs):
        return "timeout", "A cell took too long and was stopped."
    if _any(execution, "died"):
        return "error-in-cell", "A cell ended the notebook's process; the others were run without it."
    others = [
        record
        for cell, record in zip(plan.cells, execution.display.records, strict=True)
        if cell.role != "test" and cell.changed and record.outcome == "error"  # an empty answer is no mishap
    ]
    return ("error-in-cell", "A cell raised an error; the others were run.") if others else ("graded", None)


def _any(execution: Execution, outcome: Outcome) -> bool:
    return any(record.outcome == outcome for record in (*execution.scoring.records, *execution.display.records))
