"""What a regrade would change, or has changed: read from rows, decided by regrade_rules.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.courses.policy import Counts
from nbquest.events.submissions import RegradedSubmission, SubmissionsRegraded
from nbquest.identity import api as identity
from nbquest.submissions import policies, queries, regrade_rules, regrades
from nbquest.submissions.models import (
    AttemptRow,
    GradeCellRow,
    GradeRow,
    RegradeChangeRow,
    RegradeRow,
    SubmissionRow,
)
from nbquest.submissions.policies import HandedIn
from nbquest.submissions.queries import Known
from nbquest.submissions.regrade_rules import Attempts, Planned, Trial, TrialOutcome, TrialState
from nbquest.submissions.regrade_views import CellChange, SubmissionChange


@dataclass(frozen=True, kw_only=True)
class Graded:
    """A grade with its attempt and the number of the version that it is by."""

    attempt: AttemptRow
    grade: GradeRow
    version: int


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A submission in a regrade: its grade of before, and the trial (`grade` is None where it has none)."""

    submission: SubmissionRow
    before: Graded | None
    attempt: AttemptRow
    grade: GradeRow | None

    @property
    def manual_after(self) -> Decimal | None:
        """The points that a person gave: they don't depend on the tests, so they are kept."""
        if self.grade is not None and self.grade.manual_score is not None:
            return self.grade.manual_score
        return None if self.before is None else self.before.grade.manual_score

    @property
    def score_after(self) -> Decimal | None:
        """The points by the trial, with those that a person gave before."""
        return None if self.grade is None else self.grade.auto_score + (self.manual_after or Decimal(0))


@dataclass(frozen=True, kw_only=True)
class PersonPlan:
    """What a regrade does to a person: decided, with the rows that it is about. `missed`: see RegradeSummary."""

    person_id: int
    person: str
    known: Sequence[Known]
    tried: Sequence[Tried]
    planned: Planned
    missed: int


@dataclass(frozen=True, kw_only=True)
class RegradeChange:
    """A person's change, for other rooms. `event`: what applying emits, or None where it changes nothing of theirs.

    `xp_before`, `xp_after` are there once it is applied.
    """

    person_id: int
    person: str
    counted_before: Decimal | None
    counted_after: Decimal | None
    submissions: list[SubmissionChange]
    missed: int
    event: SubmissionsRegraded | None = None
    xp_before: int | None = None
    xp_after: int | None = None


def list_regrade_changes(
    session: Session, course: str | None, regrade_id: int, *, only_gains: bool = False
) -> list[RegradeChange]:
    """Return what applying the regrade would change now, or what it did change; nothing of one that was dropped.

    Raises RegradeNotFound.
    """
    row = regrades.get_row(session, course, regrade_id)
    if row.state == "applied":
        return _applied_changes(session, row)
    if row.state == "dropped":
        return []
    planned = plan(session, row, only_gains=only_gains)
    cells = _cells(session, [tried for one in planned for tried in one.tried])
    return [
        RegradeChange(
            person_id=one.person_id,
            person=one.person,
            counted_before=one.planned.before.score,
            counted_after=one.planned.after.score,
            submissions=[
                _submission_change(tried, one.planned.outcomes[tried.submission.id], cells) for tried in one.tried
            ],
            missed=one.missed,
            event=event_of(row, one, cells) if one.planned.taken else None,
        )
        for one in planned
    ]


def plan(session: Session, row: RegradeRow, *, only_gains: bool) -> list[PersonPlan]:
    """Return what applying an open regrade would do now, by person, in the order of their names."""
    label = courses.list_version_labels(session, {row.version_id})[row.version_id]
    counts = courses.get_policy(session, row.assignment_id).counts
    known = queries.list_known(session, course=label.course, assignment=label.assignment)
    tried = _tried(session, row, {one.submission.id: one for one in known})
    planned = [
        _plan_person(row, person, theirs, tried, counts, only_gains=only_gains)
        for person, theirs in regrades.by_person(known).items()
    ]
    return [one for one in planned if one.tried or one.missed]


def _plan_person(
    row: RegradeRow,
    person: str,
    known: Sequence[Known],
    tried: Mapping[UUID, Tried],
    counts: Counts,
    *,
    only_gains: bool,
) -> PersonPlan:
    theirs = [tried[one.submission.id] for one in reversed(known) if one.submission.id in tried]
    history = {one.submission.id: one.handed_in for one in known}
    trials = {one.submission.id: _trial(row, one, history[one.submission.id]) for one in theirs}
    attempts: Attempts = row.attempts  # type: ignore[assignment]  # a constraint of the table
    missed = [
        one
        for one in regrades.choose_known(known, attempts, counts)
        if one.submission.id not in tried and one.attempt.version_id != row.version_id
    ]
    return PersonPlan(
        person_id=known[0].submission.person_id,
        person=person,
        known=known,
        tried=theirs,
        planned=regrade_rules.plan(list(history.values()), trials, counts, only_gains=only_gains),
        missed=len(missed),
    )


def _trial(row: RegradeRow, tried: Tried, before: HandedIn) -> Trial:
    state: TrialState = "waiting"
    if tried.before is not None and tried.before.attempt.version_id == row.version_id:
        state = "graded-meanwhile"
    elif tried.attempt.state in {"graded", "could-not-grade"}:
        state = "graded" if tried.grade is not None else "could-not-grade"
    if tried.grade is None or state != "graded":
        return Trial(before=before, after=None, state=state)
    after = replace(before, score=tried.score_after, max_score=tried.grade.max_score, failed=False)
    return Trial(before=before, after=after, state=state)


def event_of(row: RegradeRow, one: PersonPlan, cells: Mapping[int, Sequence[GradeCellRow]]) -> SubmissionsRegraded:
    """Return what applying the regrade says of a person; something of theirs is taken."""
    before, after = one.planned.before, one.planned.after
    assert after.now is not None, "what is taken has a grade"
    known = {item.submission.id: item for item in one.known}[after.now.submission_id]
    taken = [tried for tried in one.tried if tried.submission.id in one.planned.taken]
    attempts = {tried.submission.id: tried.attempt.id for tried in taken}
    if known.grade is not None:
        attempts.setdefault(known.submission.id, known.grade.attempt_id)
    return SubmissionsRegraded(
        submission_id=known.submission.id,
        person=one.person,
        course=known.course,
        assignment=known.assignment,
        regrade_id=row.id,
        attempt_id=attempts[known.submission.id],
        assignment_id=row.assignment_id,
        assignment_title=known.assignment_title,
        reason=row.reason,
        submissions=tuple(_regraded(tried, cells.get(tried.attempt.id, [])) for tried in taken),
        counted_before=before.score,
        counted_after=after.score or Decimal(0),
        highest_before=before.highest,
        highest_after=after.highest,
        had_full_marks=before.full_marks,
        has_full_marks=after.full_marks,
        max_score=after.now.max_score or Decimal(0),
    )


def _regraded(tried: Tried, cells: Sequence[GradeCellRow]) -> RegradedSubmission:
    return RegradedSubmission(
        submission_id=tried.submission.id,
        attempt_id=tried.attempt.id,
        submitted_at=tried.submission.submitted_at,
        score=policies.penalised(tried.score_after or Decimal(0), tried.submission.penalty),
        any_passed=any(cell.status in {"passed", "partial"} for cell in cells),
    )


def _tried(session: Session, row: RegradeRow, known: Mapping[UUID, Known]) -> dict[UUID, Tried]:
    trials = _attempts(session, [AttemptRow.regrade_id == row.id])
    versions = {attempt.version_id for attempt, _ in trials}
    held = [one.grade.attempt_id for one in known.values() if one.grade is not None]
    graded = _attempts(session, [AttemptRow.id.in_(held)])
    versions |= {attempt.version_id for attempt, _ in graded}
    before = _graded(session, graded, versions)
    return {
        attempt.submission_id: Tried(
            submission=known[attempt.submission_id].submission,
            before=before.get(attempt.submission_id),
            attempt=attempt,
            grade=grade,
        )
        for attempt, grade in trials
        if attempt.submission_id in known
    }


def _attempts(session: Session, conditions: Iterable[object]) -> list[tuple[AttemptRow, GradeRow | None]]:
    query = (
        select(AttemptRow, GradeRow)
        .outerjoin(GradeRow, GradeRow.attempt_id == AttemptRow.id)
        .where(*conditions)  # type: ignore[arg-type]  # conditions on columns
        .order_by(AttemptRow.id)
        .execution_options(populate_existing=True)
    )
    return [(attempt, grade) for attempt, grade in session.execute(query)]


def _graded(
    session: Session, found: Iterable[tuple[AttemptRow, GradeRow | None]], versions: Iterable[int]
) -> dict[UUID, Graded]:
    """Return the last of these grades of each submission."""
    labels = courses.list_version_labels(session, set(versions))
    return {
        attempt.submission_id: Graded(attempt=attempt, grade=grade, version=labels[attempt.version_id].number)
        for attempt, grade in found
        if grade is not None
    }


def _applied_changes(session: Session, row: RegradeRow) -> list[RegradeChange]:
    trials = _attempts(session, [AttemptRow.regrade_id == row.id])
    submissions = {
        one.id: one
        for one in session.scalars(
            select(SubmissionRow).where(SubmissionRow.id.in_({attempt.submission_id for attempt, _ in trials}))
        )
    }
    mine = {attempt.submission_id: attempt.id for attempt, _ in trials}
    others = _attempts(
        session, [AttemptRow.submission_id.in_(mine), ~AttemptRow.trial, GradeRow.graded_at <= row.ended_at]
    )
    earlier = [(attempt, grade) for attempt, grade in others if attempt.id != mine[attempt.submission_id]]
    before = _graded(session, earlier, {attempt.version_id for attempt, _ in earlier})
    tried = [
        Tried(
            submission=submissions[attempt.submission_id],
            before=before.get(attempt.submission_id),
            attempt=attempt,
            grade=grade,
        )
        for attempt, grade in trials
    ]
    return _by_person(session, row, tried)


def _by_person(session: Session, row: RegradeRow, tried: Sequence[Tried]) -> list[RegradeChange]:
    cells = _cells(session, tried)
    changes = {
        one.person_id: one
        for one in session.scalars(select(RegradeChangeRow).where(RegradeChangeRow.regrade_id == row.id))
    }
    theirs: dict[int, list[Tried]] = {}
    for one in sorted(tried, key=lambda one: one.submission.number):
        theirs.setdefault(one.submission.person_id, []).append(one)
    names = identity.list_names(session, set(theirs))
    return [
        RegradeChange(
            person_id=person_id,
            person=names[person_id],
            counted_before=change.counted_before if (change := changes.get(person_id)) else None,
            counted_after=change.counted_after if change else None,
            submissions=[_submission_change(item, _outcome_once_applied(row, item), cells) for item in items],
            missed=0,
            xp_before=change.xp_before if change else None,
            xp_after=change.xp_after if change else None,
        )
        for person_id, items in sorted(theirs.items(), key=lambda item: names[item[0]])
    ]


def _outcome_once_applied(row: RegradeRow, tried: Tried) -> TrialOutcome:
    if tried.grade is None:
        return "could-not-grade"
    before = _as_handed_in(tried, None if tried.before is None else tried.before.grade, None)
    if tried.attempt.trial:
        by_newest = tried.before is not None and tried.before.attempt.version_id == row.version_id
        return "graded-meanwhile" if by_newest else "left-out"
    return regrade_rules.effect_of(before, _as_handed_in(tried, tried.grade, tried.score_after))


def _as_handed_in(tried: Tried, grade: GradeRow | None, score: Decimal | None) -> HandedIn:
    return HandedIn(
        submission_id=tried.submission.id,
        submitted_at=tried.submission.submitted_at,
        penalty=tried.submission.penalty,
        score=score if score is not None or grade is None else grade.score,
        max_score=None if grade is None else grade.max_score,
    )


def _cells(session: Session, tried: Iterable[Tried]) -> dict[int, list[GradeCellRow]]:
    wanted = [one.attempt.id for one in tried]
    wanted += [one.before.attempt.id for one in tried if one.before is not None]
    return queries.list_cells(session, wanted)


def _submission_change(
    tried: Tried, outcome: TrialOutcome, cells: Mapping[int, Sequence[GradeCellRow]]
) -> SubmissionChange:
    row, before = tried.submission, tried.before
    after = tried.score_after
    compared = outcome not in {"waiting", "could-not-grade", "graded-meanwhile"}
    return SubmissionChange(
        submission=row.id,
        number=row.number,
        submitted_at=row.submitted_at,
        outcome=outcome,
        version_before=None if before is None else before.version,
        score_before=None if before is None else policies.penalised(before.grade.score, row.penalty),
        max_before=None if before is None else before.grade.max_score,
        score_after=None if after is None else policies.penalised(after, row.penalty),
        max_after=None if tried.grade is None else tried.grade.max_score,
        message=tried.attempt.message if outcome == "could-not-grade" else None,
        cells=_cell_changes(
            cells.get(before.attempt.id, []) if before is not None else [], cells.get(tried.attempt.id, [])
        )
        if compared
        else [],
    )


def _cell_changes(before: Sequence[GradeCellRow], after: Sequence[GradeCellRow]) -> list[CellChange]:
    """Return the cells whose outcome differs, in the newer version's order, then those that it no longer has."""
    old = {(cell.notebook, cell.grade_id): cell for cell in before}
    new = {(cell.notebook, cell.grade_id): cell for cell in after}
    changes = [_cell_change(key, old.get(key), new.get(key)) for key in [*new, *(key for key in old if key not in new)]]
    return [
        one
        for one in changes
        if (one.score_before, one.max_before, one.status_before) != (one.score_after, one.max_after, one.status_after)
    ]


def _cell_change(key: tuple[str, str], old: GradeCellRow | None, new: GradeCellRow | None) -> CellChange:
    return CellChange(
        notebook=key[0],
        grade_id=key[1],
        score_before=None if old is None else old.score,
        max_before=None if old is None else old.max_score,
        status_before=None if old is None else old.status,
        score_after=None if new is None else new.score,
        max_after=None if new is None else new.max_score,
        status_after=None if new is None else new.status,
    )
