"""What a regrade does to XP: the same entries are planned to be shown before it is applied, and added when it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from nbquest.events.submissions import SubmissionsRegraded
from nbquest.identity import api as identity
from nbquest.progress import ledger, rules
from nbquest.progress.ledger import Held
from nbquest.submissions import api as submissions
from nbquest.submissions.api import RegradeChange
from nbquest.submissions.regrade_views import PersonChange, PersonEffect, RegradeReport, RegradeSummary

MAX_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class PlannedEntry:
    """An entry of the ledger that a regrade adds; see ledger.add_entry."""

    rule: str
    object: str
    label: str
    points: int
    assignment_id: int | None
    submission_id: UUID


def days_of(event: SubmissionsRegraded, zone: str) -> dict[date, UUID]:
    """Return the days on which work was handed in that counts as practice now, each with the first such submission."""
    days: dict[date, UUID] = {}
    for one in sorted(event.submissions, key=lambda one: one.submitted_at):
        if rules.is_practice(one.score, one.any_passed):
            days.setdefault(rules.local_day(one.submitted_at, zone), one.submission_id)
    return days


def plan_entries(event: SubmissionsRegraded, held: Held, zone: str) -> list[PlannedEntry]:
    """Return the entries that an applied regrade adds to a person's ledger. Pure.

    A day that turns out to be one of practice is paid; one that was paid stays paid, for they did practise.
    """
    score = rules.xp_for_regrade(event.highest_before, event.highest_after, held.for_score)
    points = f"{_plain(event.counted_after)} of {_plain(event.max_score)} points"
    entries = [
        _entry(event, ledger.ASSIGNMENT_SCORE, f"regrade-{event.regrade_id}", f"{points}, graded again", score),
        _entry(
            event,
            ledger.FULL_MARKS,
            f"{event.course}/{event.assignment}/regrade-{event.regrade_id}",
            "full marks, graded again",
            _full_marks(event, held),
        ),
    ]
    entries += [
        PlannedEntry(
            rule=ledger.DAILY_PRACTICE,
            object=day.isoformat(),
            label="Practised that day",
            points=rules.DAILY_PRACTICE_XP,
            assignment_id=None,
            submission_id=submission_id,
        )
        for day, submission_id in days_of(event, zone).items()
        if day not in held.days
    ]
    return [entry for entry in entries if entry.points]


def _full_marks(event: SubmissionsRegraded, held: Held) -> int:
    if event.has_full_marks and not event.had_full_marks and not held.for_full_marks:
        return rules.FULL_MARKS_XP
    return -held.for_full_marks if event.had_full_marks and not event.has_full_marks else 0


def _entry(event: SubmissionsRegraded, rule: str, object: str, label: str, points: int) -> PlannedEntry:
    return PlannedEntry(
        rule=rule,
        object=object,
        label=f"{event.assignment_title}: {label}",
        points=points,
        assignment_id=event.assignment_id,
        submission_id=event.submission_id,
    )


def report_regrade(
    session: Session,
    course: str | None,
    regrade_id: int,
    *,
    only_gains: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> RegradeReport:
    """Return a regrade with what applying it would change now, or what it changed; those who lose come first.

    `only_gains`: as it would be applied with that; one that was applied is shown as it was. 200 people a page at most.
    Raises RegradeNotFound, InvalidCursor.
    """
    regrade = submissions.get_regrade(session, course, regrade_id)
    only_gains = only_gains if regrade.is_open else regrade.only_gains
    found = submissions.list_regrade_changes(session, course, regrade_id, only_gains=only_gains)
    changes = sorted(_with_xp(session, found), key=_losers_first)
    limit = max(1, min(limit, MAX_PAGE))
    start = 0 if cursor is None else submissions.read_regrade_cursor(cursor)
    return RegradeReport(
        regrade=regrade,
        only_gains=only_gains,
        summary=_summary(changes, missed=sum(one.missed for one in found)),
        items=changes[start : start + limit],
        next_cursor=str(start + limit) if start + limit < len(changes) else None,
    )


def _with_xp(session: Session, found: Sequence[RegradeChange]) -> list[PersonChange]:
    found = [one for one in found if one.submissions]
    zones = identity.list_time_zones(session, {one.person_id for one in found})
    events = [one.event for one in found if one.event is not None]
    days = {day for one in found if one.event for day in days_of(one.event, zones[one.person_id])}
    people = {one.person_id for one in found}
    # Of which assignment only matters where an entry is planned, and all of a regrade are of one.
    held = ledger.list_held(session, people, events[0].assignment_id if events else 0, days)
    return [_person_change(one, held[one.person_id], zones) for one in found]


def _person_change(one: RegradeChange, held: Held, zones: Mapping[int, str]) -> PersonChange:
    before = held.total if one.xp_before is None else one.xp_before
    planned = [] if one.event is None else plan_entries(one.event, held, zones[one.person_id])
    after = before + sum(entry.points for entry in planned) if one.xp_after is None else one.xp_after
    return PersonChange(
        person=one.person,
        effect=_effect(one.counted_before, one.counted_after, after - before),
        counted_before=one.counted_before,
        counted_after=one.counted_after,
        xp_before=before,
        xp_after=after,
        submissions=one.submissions,
    )


def _effect(before: Decimal | None, after: Decimal | None, xp: int) -> PersonEffect:
    if (after or 0) < (before or 0) or xp < 0:
        return "loses"
    return "gains" if after != before or xp else "same"


def _losers_first(change: PersonChange) -> tuple[int, Decimal, int, str]:
    xp = change.xp_after - change.xp_before
    place = ("loses", "gains", "same").index(change.effect)
    sign = 1 if change.effect == "loses" else -1
    return place, sign * change.counted_change, sign * xp, change.person


def _summary(changes: Iterable[PersonChange], *, missed: int) -> RegradeSummary:
    people = [change.effect for change in changes]
    outcomes = [one.outcome for change in changes for one in change.submissions]
    return RegradeSummary(
        people_lose=people.count("loses"),
        people_gain=people.count("gains"),
        people_same=people.count("same"),
        better=outcomes.count("better"),
        worse=outcomes.count("worse"),
        same=outcomes.count("same"),
        left_out=outcomes.count("left-out"),
        could_not_grade=outcomes.count("could-not-grade"),
        graded_meanwhile=outcomes.count("graded-meanwhile"),
        waiting=outcomes.count("waiting"),
        missed=missed,
    )


def _plain(points: Decimal) -> str:
    return f"{points.normalize() + 0:f}"
