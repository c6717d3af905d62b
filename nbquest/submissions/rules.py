"""Decisions about submissions and grades. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import PurePosixPath

from grader.report import CellResult, CellStatus, Isolation, Report, ReportStatus
from nbquest.submissions.errors import InvalidSubmission, SubmissionTooLarge
from nbquest.submissions.views import AssignmentWork, CellOutcome, NextStep

MAX_NOTEBOOKS = 100
MAX_KEY = 200
MAX_WAITING = 20
"""Submissions of one person that may wait for their grade; more would only be a flood."""
MAX_PATH = 500
THOUSANDTH = Decimal("0.001")
SEVERITY: tuple[ReportStatus, ...] = ("graded", "error-in-cell", "timeout", "memory-limit", "rejected-invalid")
WEAKEST_FIRST: tuple[Isolation, ...] = ("shared", "kernel", "separate")


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What is kept of what was handed in, and what the learner is told about the rest."""

    notebooks: dict[str, bytes]
    repairs: list[str]


def accept_notebooks(handed_in: Mapping[str, bytes], known: frozenset[str], max_bytes: int) -> Accepted:
    """Return the notebooks that belong to the assignment. Raises InvalidSubmission, SubmissionTooLarge."""
    if len(handed_in) > MAX_NOTEBOOKS:
        raise InvalidSubmission(f"{len(handed_in)} notebooks are too many; {MAX_NOTEBOOKS} are allowed.")
    size = sum(len(content) for content in handed_in.values())
    require_size(size, max_bytes)
    for path in handed_in:
        _require_plain_path(path)
    kept = {path: content for path, content in sorted(handed_in.items()) if path in known}
    if not kept:
        raise InvalidSubmission(
            f"None of these notebooks belongs to the assignment; it is made of {', '.join(sorted(known))}.",
            expected=sorted(known),
        )
    repairs = [f"{path} is not part of this assignment and was left out." for path in sorted(set(handed_in) - known)]
    repairs += [f"{path} was not handed in; its tests count as not passed." for path in sorted(known - set(handed_in))]
    return Accepted(notebooks=kept, repairs=repairs)


def require_size(size: int, max_bytes: int) -> None:
    """Raise SubmissionTooLarge where notebooks of so many bytes together are too many."""
    if size > max_bytes:
        raise SubmissionTooLarge(
            f"The notebooks are {_mib(size)} MiB large; {_mib(max_bytes)} are allowed. Clearing their outputs helps.",
            size=size,
            limit=max_bytes,
        )


def _require_plain_path(path: str) -> None:
    parts = PurePosixPath(path).parts
    plain = (
        parts
        and len(path) <= MAX_PATH
        and path.isprintable()
        and "\\" not in path
        and not path.startswith("/")
        and ".." not in parts
        and str(PurePosixPath(path)) == path
    )
    if not plain:
        raise InvalidSubmission(f"{path[:100]!r} can't be a notebook's path.")


def _mib(size: int) -> str:
    return f"{size / 1024**2:.1f}".removesuffix(".0")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of grading a whole submission: its notebooks' reports as one."""

    status: ReportStatus
    isolation: Isolation
    score: Decimal
    max_score: Decimal
    needs_manual: list[str]
    repairs: list[str]
    warnings: list[str]
    message: str | None
    seconds: float
    cells: list[CellOutcome]

    @property
    def any_passed(self) -> bool:
        """Whether at least one test passed, in part or in full."""
        return any(cell.status in {"passed", "partial"} for cell in self.cells)


def combine_reports(reports: Mapping[str, Report], missing: Mapping[str, Sequence[CellOutcome]]) -> Outcome:
    """Return one outcome of the notebooks' reports. `missing`: the cells of those that were not handed in, at 0 points.

    The status is the worst one, the isolation the weakest. Scores are exact to a thousandth and never above what a cell
    is worth, whatever a report says.
    """
    cells = [_cell(path, cell) for path, report in sorted(reports.items()) for cell in report.cells]
    cells += [cell for _, absent in sorted(missing.items()) for cell in absent]
    named = len(reports) > 1
    messages = [(path, report.message) for path, report in sorted(reports.items()) if report.message]
    maxima = [_points(report.max_score) for report in reports.values()]
    maxima += [cell.max_score for absent in missing.values() for cell in absent]
    max_score = sum(maxima, Decimal(0))
    return Outcome(
        status=max((report.status for report in reports.values()), key=SEVERITY.index, default="graded"),
        isolation=min((report.isolation for report in reports.values()), key=WEAKEST_FIRST.index, default="shared"),
        score=min(sum((cell.score for cell in cells), Decimal(0)), max_score),
        max_score=max_score,
        needs_manual=[_storable(grade_id) for _, report in sorted(reports.items()) for grade_id in report.needs_manual],
        repairs=[
            _storable(f"{path}: {repair}" if named else repair)
            for path, report in sorted(reports.items())
            for repair in report.repairs
        ],
        warnings=[
            _storable(f"{path}: {warning}") for path, report in sorted(reports.items()) for warning in report.warnings
        ],
        message=_storable("\n".join(f"{path}: {text}" if named else text for path, text in messages)) or None,
        seconds=sum(report.seconds for report in reports.values()),
        cells=cells,
    )


def _cell(notebook: str, cell: CellResult) -> CellOutcome:
    max_score = max(_points(cell.max_score), Decimal(0))
    return CellOutcome(
        notebook=notebook,
        grade_id=_storable(cell.grade_id),
        score=min(max(_points(cell.score), Decimal(0)), max_score),
        max_score=max_score,
        status=cell.status,
        message=None if cell.message is None else _storable(cell.message),
        hidden=cell.hidden,
    )


def _storable(text: str) -> str:
    """Return the text without what Postgres can't keep: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _points(value: Decimal) -> Decimal:
    """Return points exact to a thousandth; what is no finite number is nothing."""
    try:
        return value.quantize(THOUSANDTH, rounding=ROUND_HALF_EVEN) if value.is_finite() else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def cells_not_handed_in(notebook: str, source: bytes) -> list[CellOutcome]:
    """Return the graded cells of a source notebook (schema 3) that was not handed in: none of them ran."""
    status: CellStatus = "not-run"
    outcomes = []
    for cell in json.loads(source).get("cells", []):
        marks = cell.get("metadata", {}).get("nbgrader", {})
        if marks.get("grade") or marks.get("task"):
            outcomes.append(
                CellOutcome(
                    notebook=notebook,
                    grade_id=str(marks["grade_id"]),
                    score=Decimal(0),
                    max_score=_points(Decimal(str(marks.get("points", 0)))),
                    status=status,
                    message="This notebook was not handed in.",
                    hidden=False,
                )
            )
    return outcomes


def next_step(
    course: str, assignments: Sequence[AssignmentWork], done: str, score: Decimal, pending: bool
) -> NextStep | None:
    """Return what to do after `done` got `score`: it again while it can be bettered, else the next unfinished one.

    `pending`: an instructor has yet to grade part of it, so trying again is not what is missing. None: all is done.
    What can't be handed in, such as what has closed, is no step.
    """
    slugs = [work.assignment.slug for work in assignments]
    here = slugs.index(done) if done in slugs else -1
    if here >= 0 and score < assignments[here].max_score and not pending and not assignments[here].standing.is_shut:
        work = assignments[here]
        reason = f"{_plain(score)} of {_plain(work.max_score)} points so far: mend what failed and hand in again."
        return _step(course, work, reason)
    for work in [*assignments[here + 1 :], *assignments[: max(here, 0)]]:
        if work.standing.is_shut:
            continue
        if work.counted_score is None:
            waiting = work.state == "grading"
            if not waiting:
                return _step(course, work, "The next one in this course.")
        elif work.counted_score < work.max_score:
            reason = (
                f"{_plain(work.counted_score)} of {_plain(work.max_score)} points so far: the rest is waiting for you."
            )
            return _step(course, work, reason)
    return None


def _step(course: str, work: AssignmentWork, reason: str) -> NextStep:
    return NextStep(course=course, assignment=work.assignment.slug, title=work.assignment.title, reason=reason)


def _plain(points: Decimal) -> str:
    return f"{points.normalize():f}"
