"""What people and groups are given beyond an assignment's policy. Rows are added and withdrawn, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.courses.policy import Policy
from nbquest.courses.views import View
from nbquest.identity import api as identity
from nbquest.identity.errors import PersonNotFound
from nbquest.submissions.errors import ExtensionNotFound, InvalidCursor, InvalidExtension
from nbquest.submissions.models import PolicyExceptionRow
from nbquest.submissions.policies import PolicyException, when
from nbquest.submissions.views import Page

MOST_ATTEMPTS = 10_000
MOST_MINUTES = 366 * 24 * 60
MOST_REASON = 500


class Grant(View):
    """What is given to whom, and why. Exactly one of `person` and `group` is to be there.

    `due_at`: a later due date; `late_until`: how long late work is taken; `waives_penalty`: nothing is taken off for
    being late. `extra_minutes`: of an exam.
    """

    person: str | None = None
    group: str | None = None
    due_at: AwareDatetime | None = None
    late_until: AwareDatetime | None = None
    extra_attempts: int = 0
    extra_minutes: int = 0
    waives_penalty: bool = False
    reason: str


class Extension(Grant):
    """What was given, by whom and when. `granted_by` and `withdrawn_by` are null where nobody is known any more.

    `withdrawn_at`: from then on it holds no more; null while it does. `lowered`: how many late submissions of before
    came to cost less by it.
    """

    id: int
    assignment: str
    granted_by: str | None
    granted_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    lowered: int


def add_extension(
    session: Session, course: str, assignment: str, grant: Grant, *, by: str | None = None
) -> PolicyExceptionRow:
    """Store what a person or a group is given. Several don't add up: the most generous of each kind holds.

    Raises InvalidExtension, CourseNotFound, AssignmentNotFound, PersonNotFound.
    """
    zone = ZoneInfo(courses.get_course(session, course).time_zone or "UTC")
    target = courses.get_assignment_key(session, course, assignment)
    _require_sense(grant)
    _require_more(grant, target.policy, zone)
    row = PolicyExceptionRow(
        assignment_id=target.assignment_id,
        person_id=_find_learner(session, course, grant.person),
        group_name=grant.group,
        due_at=grant.due_at,
        late_until=grant.late_until,
        extra_attempts=grant.extra_attempts,
        extra_minutes=grant.extra_minutes,
        waives_penalty=grant.waives_penalty,
        lowered=0,
        reason=_plain(grant.reason),
        granted_by=None if by is None else identity.get_person_id(session, by),
        granted_at=utc_now(),
    )
    if grant.group is not None and not identity.list_group_members(session, course, grant.group):
        raise InvalidExtension(f"Nobody is in a group {grant.group} of this course.", group=grant.group)
    session.add(row)
    session.flush()
    return row


def note_lowered(session: Session, row: PolicyExceptionRow, count: int) -> Extension:
    """Note how many late submissions cost less by it; return it as it is shown."""
    row.lowered = count
    session.flush()
    return _views(session, [row])[0]


def withdraw_extension(
    session: Session, extension_id: int, *, course: str | None = None, by: str | None = None
) -> Extension:
    """Let an extension hold no more; what was handed in under it keeps what it has.

    Raises ExtensionNotFound, also where it is of another course than `course`.
    """
    row = session.get(PolicyExceptionRow, extension_id, with_for_update=True)
    if row is None or row.withdrawn_at is not None:
        raise ExtensionNotFound(extension=extension_id)
    if course is not None and row.assignment_id not in courses.list_assignment_ids(session, course, None):
        raise ExtensionNotFound(extension=extension_id)
    row.withdrawn_at = utc_now()
    row.withdrawn_by = None if by is None else identity.get_person_id(session, by)
    session.flush()
    return _views(session, [row])[0]


def list_extensions(session: Session, course: str) -> list[Extension]:
    """Return what holds in the course, oldest first. Raises CourseNotFound."""
    courses.get_course(session, course)
    query = (
        select(PolicyExceptionRow)
        .where(PolicyExceptionRow.assignment_id.in_(courses.list_assignment_ids(session, course, None)))
        .where(PolicyExceptionRow.withdrawn_at.is_(None))
        .order_by(PolicyExceptionRow.id)
    )
    return _views(session, session.scalars(query).all())


def list_extension_history(
    session: Session, course: str, *, cursor: str | None = None, limit: int = 50
) -> Page[Extension]:
    """Return all that was ever given in the course, newest first, what was withdrawn too. Raises InvalidCursor."""
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 19):
        raise InvalidCursor("This cursor does not come from a list of extensions.")
    query = select(PolicyExceptionRow).where(
        PolicyExceptionRow.assignment_id.in_(courses.list_assignment_ids(session, course, None))
    )
    if cursor is not None:
        query = query.where(PolicyExceptionRow.id < int(cursor))
    rows = session.scalars(query.order_by(PolicyExceptionRow.id.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    return Page[Extension](items=_views(session, page), next_cursor=str(page[-1].id) if len(rows) > limit else None)


def list_exceptions(
    session: Session, course: str, person_id: int, assignment_ids: Collection[int]
) -> dict[int, list[PolicyException]]:
    """Return what the person is given for these assignments of the course, themselves or by their groups."""
    groups = identity.list_groups(session, course, person_id)
    query = select(PolicyExceptionRow).where(
        PolicyExceptionRow.assignment_id.in_(assignment_ids),
        PolicyExceptionRow.withdrawn_at.is_(None),
        or_(PolicyExceptionRow.person_id == person_id, PolicyExceptionRow.group_name.in_(groups)),
    )
    found: dict[int, list[PolicyException]] = {number: [] for number in assignment_ids}
    for row in session.scalars(query):
        found[row.assignment_id].append(
            PolicyException(
                due_at=row.due_at,
                late_until=row.late_until,
                extra_attempts=row.extra_attempts,
                extra_time=timedelta(minutes=row.extra_minutes),
                waives_penalty=row.waives_penalty,
            )
        )
    return found


def _views(session: Session, rows: Iterable[PolicyExceptionRow]) -> list[Extension]:
    rows = list(rows)
    people = {number for row in rows for number in (row.person_id, row.granted_by, row.withdrawn_by)}
    names = identity.list_names(session, {number for number in people if number is not None})
    slugs = courses.list_assignment_slugs(session, {row.assignment_id for row in rows})
    return [
        Extension(
            id=row.id,
            assignment=slugs[row.assignment_id],
            person=names.get(row.person_id or 0),
            group=row.group_name,
            due_at=row.due_at,
            late_until=row.late_until,
            extra_attempts=row.extra_attempts,
            extra_minutes=row.extra_minutes,
            waives_penalty=row.waives_penalty,
            reason=row.reason,
            granted_by=names.get(row.granted_by or 0),
            granted_at=row.granted_at,
            withdrawn_by=names.get(row.withdrawn_by or 0),
            withdrawn_at=row.withdrawn_at,
            lowered=row.lowered,
        )
        for row in rows
    ]


def _find_learner(session: Session, course: str, person: str | None) -> int | None:
    """Return the person's number. Raises PersonNotFound alike where they don't exist and where they aren't in it."""
    if person is None:
        return None
    found = identity.find_person_id(session, person) if person.isprintable() else None
    if found is None or courses.role_in_course(session, person, course) is None:
        raise PersonNotFound(f"There is nobody named {person} in this course.", name=person)
    return found


def _plain(reason: str) -> str:
    return " ".join(reason.split())


def _require_sense(grant: Grant) -> None:
    if (grant.person is None) == (grant.group is None):
        raise InvalidExtension("Give it either to a person or to a group.")
    if grant.group is not None and not grant.group.isprintable():
        raise InvalidExtension("That is no name of a group.")
    reason = _plain(grant.reason)
    if not 0 < len(reason) <= MOST_REASON or not reason.isprintable():
        raise InvalidExtension(f"Say why, for whoever looks at it later, in at most {MOST_REASON} characters.")
    if not 0 <= grant.extra_attempts <= MOST_ATTEMPTS or not 0 <= grant.extra_minutes <= MOST_MINUTES:
        raise InvalidExtension(
            f"At most {MOST_ATTEMPTS} submissions and {MOST_MINUTES} minutes can be given, and not less than none."
        )
    dates = grant.due_at is not None or grant.late_until is not None
    if not (dates or grant.extra_attempts or grant.extra_minutes or grant.waives_penalty):
        raise InvalidExtension(
            "Say what is given: a later due date, a longer time for late work, no penalty, more submissions, or more "
            "minutes."
        )


def _require_more(grant: Grant, policy: Policy, zone: ZoneInfo) -> None:
    """Raise InvalidExtension where something of it is no more than everybody has."""
    if grant.due_at is not None and (policy.due_at is None or grant.due_at <= policy.due_at):
        raise InvalidExtension(
            "The assignment has no due date, so there is none to extend."
            if policy.due_at is None
            else f"It is due on {when(policy.due_at, zone)} for everybody; an extension must be later."
        )
    if grant.late_until is not None:
        if policy.due_at is None or policy.late_for is None:
            raise InvalidExtension("Late work is taken without end here, so there is no end to move.")
        closes_at = (grant.due_at or policy.due_at) + policy.late_for
        if grant.late_until <= closes_at:
            raise InvalidExtension(
                f"Late work is taken until {when(closes_at, zone)} as it is; an extension must be later."
            )
    if grant.waives_penalty and not policy.penalties:
        raise InvalidExtension("Nothing is taken off for being late here, so there is no penalty to leave out.")
    if grant.extra_attempts and policy.attempts is None:
        raise InvalidExtension("The assignment may be handed in any number of times, so no more can be given.")
    if grant.extra_minutes and policy.exam_time is None:
        raise InvalidExtension("The assignment is no exam with a time of its own, so no minutes can be added to it.")
