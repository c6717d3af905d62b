"""Makes what is shown of submissions out of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from grader.report import CellStatus, Isolation, ReportStatus
from nbquest.courses.views import Assignment
from nbquest.submissions import policies
from nbquest.submissions.drafts import draft_view
from nbquest.submissions.models import DraftRow, GradeCellRow, GradeRow, RegradeRow
from nbquest.submissions.queries import Known
from nbquest.submissions.standing import Applied, standing_view
from nbquest.submissions.views import (
    AssignmentWork,
    CellOutcome,
    GradeRecord,
    NextStep,
    Result,
    Submission,
    SubmissionState,
    Waiting,
    WorkState,
)


def submission_view(
    known: Known,
    cells: Sequence[GradeCellRow],
    step: NextStep | None = None,
    waiting: Waiting | None = None,
    history: Sequence[GradeRecord] = (),
) -> Submission:
    """Return the submission as it is shown."""
    row = known.submission
    return Submission(
        id=row.id,
        course=known.course,
        assignment=known.assignment,
        assignment_title=known.assignment_title,
        person=known.person,
        number=row.number,
        version=known.version,
        submitted_at=row.submitted_at,
        late=row.late,
        penalty_percent=policies.percent(row.penalty),
        penalty_percent_before=None if row.penalty_before is None else policies.percent(row.penalty_before),
        state=cast(SubmissionState, known.attempt.state),
        message=known.attempt.message,
        waiting=waiting,
        result=None if known.grade is None else _result(known, known.grade, cells, step),
        history=list(history),
    )


def grade_record(known: Known, grade: GradeRow, version: int, regrade: RegradeRow | None) -> GradeRecord:
    """Return a grade of the submission as its history shows it."""
    applied_at = None if regrade is None else regrade.ended_at
    return GradeRecord(
        version=version,
        score=policies.penalised(grade.score, known.submission.penalty),
        max_score=grade.max_score,
        since=applied_at or grade.graded_at,
        reason=None if regrade is None else regrade.reason,
    )


def _result(known: Known, grade: GradeRow, cells: Sequence[GradeCellRow], step: NextStep | None) -> Result:
    return Result(
        status=cast(ReportStatus, grade.status),
        isolation=cast(Isolation, grade.isolation),
        auto_score=grade.auto_score,
        manual_score=grade.manual_score,
        score=policies.penalised(grade.score, known.submission.penalty),
        max_score=grade.max_score,
        needs_manual=list(grade.needs_manual),
        repairs=list(known.submission.repairs) + list(grade.repairs),
        message=grade.message,
        cells=[_cell(cell) for cell in cells],
        graded_at=grade.graded_at,
        seconds=grade.seconds,
        xp_gained=grade.xp_gained,
        next_step=step,
    )


def _cell(row: GradeCellRow) -> CellOutcome:
    return CellOutcome(
        notebook=row.notebook,
        grade_id=row.grade_id,
        score=row.score,
        max_score=row.max_score,
        status=cast(CellStatus, row.status),
        message=row.message,
        hidden=row.hidden,
    )


def assignment_work(
    assignment: Assignment, submissions: Sequence[Known], applied: Applied, draft: DraftRow | None, now: datetime
) -> AssignmentWork:
    """Return how far somebody is with the assignment; `submissions` are theirs to it, newest first."""
    scores: list[Decimal] = [known.score for known in submissions if known.score is not None]
    history = [known.handed_in for known in submissions]
    counted = policies.counted(history, applied.policy.counts)
    latest = submissions[0] if submissions else None
    state: WorkState = "not-submitted"
    if latest is not None:
        state = "grading" if latest.attempt.state == "queued" else cast(WorkState, latest.attempt.state)
    decision = applied.decide(history, now)
    return AssignmentWork(
        assignment=assignment,
        standing=standing_view(applied, decision),
        draft=draft_view(applied, decision, draft, now),
        counted_score=None if counted is None else counted.counted_score,
        counted_submission=None if counted is None else counted.submission_id,
        state=state,
        best_score=max(scores, default=None),
        max_score=assignment.points,
        latest_submission=None if latest is None else latest.submission.id,
        submissions=len(submissions),
        late=latest is not None and latest.submission.late,
    )
