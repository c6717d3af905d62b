"""What progress does when something happens."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from sqlalchemy.orm import Session

from nbquest.events.submissions import PenaltyLowered, SubmissionGraded, SubmissionsRegraded
from nbquest.identity import api as identity
from nbquest.progress import ledger, regrades, rules
from nbquest.submissions import api as submissions


def award_for_submission(session: Session, event: SubmissionGraded) -> None:
    """Give the XP that a graded submission earns. The person is held meanwhile, so nothing is counted twice."""
    person_id = identity.lock_person(session, event.person)
    # Another version may find more in the same submission; it then pays the difference under its own name.
    _pay_score(session, person_id, event, f"{event.submission_id}@{event.version}" if event.is_regrade else None)
    if rules.is_practice(event.score, event.any_passed):
        # The day of handing in counts, not of grading: a long queue must break nobody's streak.
        day = rules.local_day(event.submitted_at, identity.get_person(session, event.person).time_zone)
        ledger.add_entry(
            session,
            person_id=person_id,
            rule=ledger.DAILY_PRACTICE,
            object=day.isoformat(),
            label="Practised today",
            points=rules.DAILY_PRACTICE_XP,
            submission_id=event.submission_id,
        )
    submissions.set_xp_gained(session, event.attempt_id, ledger.earned_by_submission(session, event.submission_id))


def award_for_lowered_penalty(session: Session, event: PenaltyLowered) -> None:
    """Give the XP that a late submission earns once it costs less, or is no longer late and so may count.

    A penalty only falls, and nothing becomes late again, so either names its entry.
    """
    person_id = identity.lock_person(session, event.person)
    fell = event.penalty < event.penalty_before
    what = f"penalty-{event.penalty.normalize():f}" if fell else "in-time"
    _pay_score(session, person_id, event, f"{event.submission_id}/{what}")
    submissions.set_xp_gained(session, event.attempt_id, ledger.earned_by_submission(session, event.submission_id))


def correct_for_regrade(session: Session, event: SubmissionsRegraded) -> None:
    """Bring a person's ledger to what an applied regrade makes of it, by compensating entries."""
    person_id = identity.lock_person(session, event.person)
    zone = identity.get_person(session, event.person).time_zone
    days = regrades.days_of(event, zone)
    held = ledger.list_held(session, [person_id], event.assignment_id, days)[person_id]
    for entry in regrades.plan_entries(event, held, zone):
        ledger.add_entry(session, person_id=person_id, **dataclasses.asdict(entry))
    regraded = {one.submission_id: one.attempt_id for one in event.submissions}
    for submission_id, attempt_id in {**regraded, event.submission_id: event.attempt_id}.items():
        submissions.set_xp_gained(session, attempt_id, ledger.earned_by_submission(session, submission_id))
    after = ledger.total(session, person_id)
    submissions.set_regrade_xp(session, event.regrade_id, person_id, before=held.total, after=after)


def _pay_score(session: Session, person_id: int, event: SubmissionGraded | PenaltyLowered, object: str | None) -> None:
    xp = rules.xp_for_improvement(event.counted_score, ledger.paid_for_score(session, person_id, event.assignment_id))
    if xp:
        ledger.add_entry(
            session,
            person_id=person_id,
            rule=ledger.ASSIGNMENT_SCORE,
            object=object or str(event.submission_id),
            label=f"{event.assignment_title}: {_plain(event.counted_score)} of {_plain(event.max_score)} points",
            points=xp,
            assignment_id=event.assignment_id,
            submission_id=event.submission_id,
        )
    held = ledger.list_held(session, [person_id], event.assignment_id)[person_id]
    if rules.is_full_marks(event.counted_score, event.max_score) and not held.for_full_marks:
        # Once; but what a regrade took back can be earned again.
        again = f"/{held.full_marks_entries}" if held.full_marks_entries else ""
        ledger.add_entry(
            session,
            person_id=person_id,
            rule=ledger.FULL_MARKS,
            object=f"{event.course}/{event.assignment}{again}",
            label=f"{event.assignment_title}: full marks",
            points=rules.FULL_MARKS_XP,
            assignment_id=event.assignment_id,
            submission_id=event.submission_id,
        )


def _plain(points: Decimal) -> str:
    return f"{points.normalize():f}"
