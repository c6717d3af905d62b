"""Attempts and grades: queued -> grading -> graded, or could-not-grade; and from there queued again.

Trials of a regrade go the same way, but nobody is told: they count for nothing until the regrade is applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from grader.grading import GradeOutcome
from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.events.bus import emit
from nbquest.events.submissions import GradingFailed, GradingStarted, SubmissionGraded
from nbquest.files.keeping import keep
from nbquest.files.store import BlobStore
from nbquest.identity import api as identity
from nbquest.jobs.queue import defer_in_turn, environment_queue
from nbquest.jobs.turns import Urgency
from nbquest.submissions import policies, queries, rules
from nbquest.submissions.models import AttemptRow, GradeCellRow, GradeRow, SubmissionFileRow, SubmissionRow
from nbquest.submissions.queries import Known
from nbquest.submissions.views import CellOutcome
from nbquest.submissions.waiting import tell_next

GRADE_TASK = "submissions.grade"


@dataclass(frozen=True, kw_only=True)
class AttemptWork:
    """What a worker needs to grade an attempt. `run` counts how often it has begun, this time included."""

    attempt_id: int
    version_id: int
    run: int
    files: Mapping[str, str]


def queue_attempt(
    session: Session, submission: SubmissionRow, version_id: int, *, urgency: Urgency = "interactive"
) -> None:
    """Have the submission graded by this version, unless it is or has been; what failed before is tried again.

    One person's submissions are graded one after the other, so that nobody can occupy every worker.
    """
    statement = insert(AttemptRow).values(
        submission_id=submission.id, version_id=version_id, state="queued", queued_at=utc_now()
    )
    attempt_id = session.scalar(
        statement.on_conflict_do_update(
            index_elements=["submission_id", "version_id"],
            index_where=AttemptRow.regrade_id.is_(None),
            set_={"state": "queued", "runs": 0, "message": None, "queued_at": utc_now(), "finished_at": None},
            where=AttemptRow.state == "could-not-grade",
        ).returning(AttemptRow.id)
    )
    if attempt_id is not None:
        defer_grading(session, attempt_id, person_id=submission.person_id, version_id=version_id, urgency=urgency)


def defer_grading(session: Session, attempt_id: int, *, person_id: int, version_id: int, urgency: Urgency) -> None:
    """Put the attempt's job into the queue, where its turn is."""
    label = courses.list_version_labels(session, [version_id])[version_id]
    job_id = defer_in_turn(
        session,
        GRADE_TASK,
        course=label.course,
        person_id=person_id,
        urgency=urgency,
        queue=environment_queue(label.environment),
        attempt_id=attempt_id,
    )
    session.execute(update(AttemptRow).where(AttemptRow.id == attempt_id).values(job_id=job_id))


def start_attempt(session: Session, attempt_id: int) -> AttemptWork | None:
    """Mark the attempt as being graded; return what to grade, None where nothing is left to do.

    A second run finds the state `grading`: the first one's worker was lost.
    """
    attempt = _lock(session, attempt_id)
    if attempt is None or attempt.state not in {"queued", "grading"}:
        return None
    attempt.state = "grading"
    attempt.runs += 1
    attempt.started_at = utc_now()
    session.flush()
    if not attempt.trial:
        _tell_started(session, attempt)
    files = session.execute(
        select(SubmissionFileRow.path, SubmissionFileRow.sha256)
        .where(SubmissionFileRow.submission_id == attempt.submission_id)
        .order_by(SubmissionFileRow.path)
    )
    return AttemptWork(
        attempt_id=attempt_id,
        version_id=attempt.version_id,
        run=attempt.runs,
        files={row.path: row.sha256 for row in files},
    )


def _tell_started(session: Session, attempt: AttemptRow) -> None:
    known = _known(session, attempt)
    emit(
        session,
        GradingStarted(
            submission_id=attempt.submission_id,
            person=known.person,
            course=known.course,
            assignment=known.assignment,
        ),
    )
    tell_next(session, attempt)


def record_outcome(
    session: Session,
    attempt_id: int,
    outcomes: Mapping[str, GradeOutcome],
    *,
    blobs: BlobStore | None = None,
    missing: Mapping[str, list[CellOutcome]] | None = None,
) -> None:
    """Keep the grade of an attempt, whose notebooks' outcomes come by path; emit SubmissionGraded but for a trial.

    An attempt is graded once: a second outcome is dropped. `missing`: cells of notebooks that were not handed in.
    Executed notebooks and feedback are kept where `blobs` is given.
    """
    attempt = _lock(session, attempt_id)
    if attempt is None or attempt.state not in {"queued", "grading"}:
        return
    outcome = rules.combine_reports({path: made.report for path, made in outcomes.items()}, missing or {})
    now = utc_now()
    session.add(
        GradeRow(
            attempt_id=attempt_id,
            status=outcome.status,
            isolation=outcome.isolation,
            auto_score=outcome.score,
            manual_score=None,
            max_score=outcome.max_score,
            needs_manual=outcome.needs_manual,
            repairs=outcome.repairs,
            warnings=outcome.warnings,
            message=outcome.message,
            seconds=outcome.seconds,
            feedback=_keep(
                session, blobs, {p: m.feedback_html.encode() for p, m in outcomes.items() if m.feedback_html}
            ),
            executed=_keep(
                session, blobs, {p: m.executed_notebook for p, m in outcomes.items() if m.executed_notebook}
            ),
            details=_keep(session, blobs, {p: m.details for p, m in outcomes.items() if m.details}),
            xp_gained=0,
            graded_at=now,
        )
    )
    attempt.state, attempt.message, attempt.finished_at = "graded", None, now
    session.flush()
    session.add_all(
        GradeCellRow(attempt_id=attempt_id, position=position, **cell.model_dump())
        for position, cell in enumerate(outcome.cells)
    )
    session.flush()
    if attempt.trial:
        return
    # Held before the counted score is read: what a regrade applies at this moment must not be missed.
    identity.lock_person_id(session, _person_id(session, attempt))
    known = _known(session, attempt)
    emit(session, _graded(known, attempt, outcome, counted_score(session, known)))


def record_failure(session: Session, attempt_id: int, message: str) -> None:
    """Say that the attempt could not be graded, and why. An attempt that has its grade keeps it."""
    attempt = _lock(session, attempt_id)
    if attempt is None or attempt.state not in {"queued", "grading"}:
        return
    now = utc_now()
    attempt.state, attempt.message, attempt.finished_at = "could-not-grade", message, now
    session.flush()
    if attempt.trial:
        return
    known = _known(session, attempt)
    emit(
        session,
        GradingFailed(
            submission_id=attempt.submission_id,
            person=known.person,
            course=known.course,
            assignment=known.assignment,
            attempt_id=attempt_id,
            failed_at=now,
        ),
    )


def set_xp_gained(session: Session, attempt_id: int, xp: int) -> None:
    """Note what the ledger gave for this grade, to be shown with it."""
    session.execute(update(GradeRow).where(GradeRow.attempt_id == attempt_id).values(xp_gained=xp))


def counted_score(session: Session, known: Known) -> Decimal:
    """Return what the person of this submission has on its assignment by the policy that holds now."""
    theirs = queries.list_handed_in(session, known.submission.person_id, known.submission.assignment_id)
    counted = policies.counted(theirs, courses.get_policy(session, known.submission.assignment_id).counts)
    return Decimal(0) if counted is None else counted.counted_score or Decimal(0)


def _graded(known: Known, attempt: AttemptRow, outcome: rules.Outcome, counted_score: Decimal) -> SubmissionGraded:
    return SubmissionGraded(
        submission_id=attempt.submission_id,
        person=known.person,
        course=known.course,
        assignment=known.assignment,
        attempt_id=attempt.id,
        assignment_id=known.submission.assignment_id,
        assignment_title=known.assignment_title,
        version=known.version,
        is_regrade=attempt.version_id != known.submission.version_id,
        submitted_at=known.submission.submitted_at,
        score=policies.penalised(outcome.score, known.submission.penalty),
        counted_score=counted_score,
        max_score=outcome.max_score,
        any_passed=outcome.any_passed,
    )


def _keep(session: Session, blobs: BlobStore | None, files: Mapping[str, bytes]) -> dict[str, str]:
    return {} if blobs is None else {path: keep(session, blobs, content) for path, content in files.items()}


def _lock(session: Session, attempt_id: int) -> AttemptRow | None:
    query = select(AttemptRow).where(AttemptRow.id == attempt_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _person_id(session: Session, attempt: AttemptRow) -> int:
    return session.scalars(select(SubmissionRow.person_id).where(SubmissionRow.id == attempt.submission_id)).one()


def _known(session: Session, attempt: AttemptRow) -> Known:
    known = queries.find_known(session, attempt.submission_id)
    assert known is not None, "an attempt has a submission"
    return known
