"""Decides on points: pure rules from the records of a run to the results that are reported."""

from __future__ import annotations

import re
from decimal import Decimal

from grader.execution import Execution
from grader.records import CellRecord, Outcome
from grader.repair import Plan, PlannedCell
from grader.report import CellResult, CellStatus, ReportStatus

HIDDEN_FAILED = "A hidden test failed."
# A comment in any language: # // -- % ;; (* /*
_HINT = re.compile(r"^\s*(?:#+|//+|--+|%+|;+|/\*+|\(\*)\s*hint:\s*(.+?)\s*(?:\*+/|\*\))?\s*$", re.IGNORECASE)
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


_FAILURES: dict[str, CellStatus] = {
    "failed": "failed",
    "error": "error",
    "timeout": "timeout",
    "died": "error",
    "not-run": "not-run",
}


def _credit(cell: PlannedCell, record: CellRecord) -> tuple[Decimal, CellStatus, list[str]]:
    """Return score, status and warnings of a test cell. Anything on stderr earns nothing, as in nbgrader."""
    if record.outcome != "passed":
        return Decimal(0), _FAILURES[record.outcome], []
    if record.stderr:
        return Decimal(0), "failed", []
    if record.credit is None:
        return cell.points, "passed", []
    return _shown_credit(cell, record.credit)


def _shown_credit(cell: PlannedCell, credit: Decimal | str) -> tuple[Decimal, CellStatus, list[str]]:
    """Return what a test cell earns whose last expression shows `credit`."""
    name = f"Test cell “{cell.grade_id}”"
    if not isinstance(credit, Decimal):
        return Decimal(0), "failed", [f"{name} ends in a value that is not a number of points; it earned 0."]
    if credit < 0:
        return Decimal(0), "failed", [f"{name} gave {credit} points; it earned 0."]
    if credit > cell.points:
        return cell.points, "passed", [f"{name} gave {credit} points; it was capped at {cell.points}."]
    if credit == cell.points:
        return credit, "passed", []
    return credit, "partial" if credit > 0 else "failed", []


_FIXED_MESSAGES = {
    "timeout": "This test took too long and was stopped.",
    "not-run": "This test was not run, because the notebook had ended before it.",
    "partial": "Some of the points.",
}


def _message(cell: PlannedCell, scored: CellRecord, shown: CellRecord, status: CellStatus, has_hidden: bool) -> str:
    """Return what the learner may see. Nothing from a process that held hidden tests is in it."""
    if status in _FIXED_MESSAGES:
        message = _FIXED_MESSAGES[status]
    elif scored.tampered:
        message = "This test earns nothing, because the notebook changes how tests are run."
    elif scored.outcome == "died":
        message = "The notebook's process ended while this test ran."
    elif shown.outcome in ("failed", "error") and shown.message:
        message = shown.message
    elif scored.stderr and scored.outcome == "passed":
        message = "This test printed a warning or an error message (to stderr), which counts as a failure."
    elif cell.has_hidden and shown.outcome == "passed":
        message = hint(cell, scored.line) or cell.hint or HIDDEN_FAILED
    elif scored.outcome == "passed":
        message = "This test gave no points."
    else:
        message = "The test failed." if has_hidden else scored.message or "The test failed."
    return message


def hint(cell: PlannedCell, line: int | None) -> str | None:
    """Return the author's comment (`# hint: ...` among the hidden tests) that stands last before `line`, if any."""
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
