"""Applies a regrade: its trials become grades that count, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from nbquest.events.bus import emit
from nbquest.identity import api as identity
from nbquest.submissions import queries, regrade_plans, regrades
from nbquest.submissions.errors import RegradeEnded, RegradeRunning, RegradeStale
from nbquest.submissions.models import AttemptRow, GradeCellRow, RegradeChangeRow, RegradeRow, SubmissionRow
from nbquest.submissions.regrade_plans import PersonPlan


def apply_regrade(
    session: Session, course: str | None, regrade_id: int, *, by: str | None = None, only_gains: bool = False
) -> bool:
    """Let the regrade's grades count, and emit SubmissionsRegraded for each person that has one; earlier grades stay.

    False where it was applied before: nothing is changed then. `only_gains`: nobody loses by it. What it changes is
    decided now, so what came in since it began is taken into account. Raises RegradeNotFound, RegradeEnded (it was
    dropped), RegradeStale, RegradeRunning.
    """
    row = regrades.get_row(session, course, regrade_id, lock=True)
    if row.state == "applied":
        return False
    if row.state == "dropped":
        raise RegradeEnded("This regrade was dropped; begin another one.")
    if regrades.is_stale(session, row):
        raise RegradeStale
    states = regrades.count_states(session, row.id)
    if states.get("queued") or states.get("grading"):
        raise RegradeRunning(done=sum(states.values()) - states.get("queued", 0) - states.get("grading", 0))
    _hold(session, row)
    row.only_gains = only_gains
    plans = regrade_plans.plan(session, row, only_gains=only_gains)
    cells = queries.list_cells(session, [tried.attempt.id for plan in plans for tried in plan.tried])
    for plan in plans:
        if plan.tried:
            _apply_to(session, row, plan, cells)
    regrades.end(session, row, "applied", by)
    return True


def set_regrade_xp(session: Session, regrade_id: int, person_id: int, *, before: int, after: int) -> None:
    """Note all XP that the person had before and after the regrade, to be shown with it."""
    session.execute(
        update(RegradeChangeRow)
        .where(RegradeChangeRow.regrade_id == regrade_id, RegradeChangeRow.person_id == person_id)
        .values(xp_before=before, xp_after=after)
    )


def get_regrade_xp(session: Session, regrade_id: int, person: str) -> int:
    """Return by how much an applied regrade changed the person's XP."""
    query = select(RegradeChangeRow.xp_after - RegradeChangeRow.xp_before).where(
        RegradeChangeRow.regrade_id == regrade_id,
        RegradeChangeRow.person_id == identity.get_person_id(session, person),
    )
    return session.scalar(query) or 0


def _hold(session: Session, row: RegradeRow) -> None:
    """Hold the trials, then their people in the order of names: nothing of theirs comes between reading and writing."""
    regrades.lock_trials(session, row.id)
    people = select(SubmissionRow.person_id).join(AttemptRow, AttemptRow.submission_id == SubmissionRow.id)
    numbers = set(session.scalars(people.where(AttemptRow.regrade_id == row.id)))
    for name in sorted(identity.list_names(session, numbers).values()):
        identity.lock_person(session, name)


def _apply_to(session: Session, row: RegradeRow, plan: PersonPlan, cells: Mapping[int, Sequence[GradeCellRow]]) -> None:
    event = regrade_plans.event_of(row, plan, cells) if plan.planned.taken else None
    for tried in plan.tried:
        if tried.submission.id in plan.planned.taken and tried.grade is not None:
            tried.attempt.trial = False
            tried.grade.manual_score = tried.manual_after
    session.add(
        RegradeChangeRow(
            regrade_id=row.id,
            person_id=plan.person_id,
            counted_before=plan.planned.before.score,
            counted_after=plan.planned.after.score,
            xp_before=None,
            xp_after=None,
        )
    )
    session.flush()
    if event is not None:
        emit(session, event)
