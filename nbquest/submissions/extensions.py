"""What people and groups are given beyond an assignment's policy. Rows are added and withdrawn, never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.identity import api as identity
from nbquest.submissions.errors import ExtensionNotFound, InvalidExtension
from nbquest.submissions.models import PolicyExceptionRow
from nbquest.submissions.policies import PolicyException

MOST_ATTEMPTS = 10_000
MOST_MINUTES = 366 * 24 * 60


@dataclass(frozen=True, kw_only=True)
class Extension:
    """What was given to whom, and why. Exactly one of `person` and `group` is there.

    `lowered`: how many late submissions of before cost less by it, where it was just given.
    """

    id: int
    assignment: str
    person: str | None
    group: str | None
    due_at: datetime | None
    extra_attempts: int
    extra_minutes: int
    reason: str
    granted_at: datetime
    lowered: int = 0


def add_extension(
    session: Session,
    *,
    course: str,
    assignment: str,
    person: str | None = None,
    group: str | None = None,
    due_at: datetime | None = None,
    extra_attempts: int = 0,
    extra_minutes: int = 0,
    reason: str,
) -> Extension:
    """Store what a person or a group is given. Several don't add up: the most generous of each kind holds.

    Raises InvalidExtension, CourseNotFound, AssignmentNotFound, PersonNotFound.
    """
    courses.get_course(session, course)
    target = courses.get_assignment_key(session, course, assignment)
    if (person is None) == (group is None):
        raise InvalidExtension("Give it either to a person or to a group.")
    if not reason.strip():
        raise InvalidExtension("Say why, for whoever looks at it later.")
    _require_gift(due_at, extra_attempts, extra_minutes)
    policy = target.policy
    if due_at is not None and (policy.due_at is None or due_at <= policy.due_at):
        raise InvalidExtension(
            "The assignment has no due date, so there is none to extend."
            if policy.due_at is None
            else f"It is due on {policy.due_at:%Y-%m-%d %H:%M} UTC for everybody; an extension must be later."
        )
    if extra_attempts and policy.attempts is None:
        raise InvalidExtension("The assignment may be handed in any number of times, so no more can be given.")
    if extra_minutes and policy.exam_time is None:
        raise InvalidExtension("The assignment is no exam with a time of its own, so no minutes can be added to it.")
    if group is not None and not identity.list_group_members(session, course, group):
        raise InvalidExtension(f"Nobody is in a group {group} of this course.", group=group)
    row = PolicyExceptionRow(
        assignment_id=target.assignment_id,
        person_id=None if person is None else identity.get_person_id(session, person),
        group_name=group,
        due_at=due_at,
        extra_attempts=extra_attempts,
        extra_minutes=extra_minutes,
        reason=reason.strip(),
        granted_at=utc_now(),
        withdrawn_at=None,
    )
    session.add(row)
    session.flush()
    return _view(row, assignment, person)


def withdraw_extension(session: Session, extension_id: int) -> None:
    """Let an extension hold no more; what was handed in under it keeps what it has. Raises ExtensionNotFound."""
    row = session.get(PolicyExceptionRow, extension_id, with_for_update=True)
    if row is None or row.withdrawn_at is not None:
        raise ExtensionNotFound(extension=extension_id)
    row.withdrawn_at = utc_now()
    session.flush()


def list_extensions(session: Session, course: str) -> list[Extension]:
    """Return what holds in the course, oldest first. Raises CourseNotFound."""
    courses.get_course(session, course)
    slugs = {found.assignment_id: found.slug for found in courses.list_policies(session, course)}
    rows = session.scalars(
        select(PolicyExceptionRow)
        .where(PolicyExceptionRow.assignment_id.in_(slugs), PolicyExceptionRow.withdrawn_at.is_(None))
        .order_by(PolicyExceptionRow.id)
    ).all()
    names = identity.list_names(session, {row.person_id for row in rows if row.person_id is not None})
    return [_view(row, slugs[row.assignment_id], names.get(row.person_id or 0)) for row in rows]


def _view(row: PolicyExceptionRow, assignment: str, person: str | None) -> Extension:
    return Extension(
        id=row.id,
        assignment=assignment,
        person=person,
        group=row.group_name,
        due_at=row.due_at,
        extra_attempts=row.extra_attempts,
        extra_minutes=row.extra_minutes,
        reason=row.reason,
        granted_at=row.granted_at,
    )


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
                extra_attempts=row.extra_attempts,
                extra_time=timedelta(minutes=row.extra_minutes),
            )
        )
    return found


def _require_gift(due_at: datetime | None, extra_attempts: int, extra_minutes: int) -> None:
    if not 0 <= extra_attempts <= MOST_ATTEMPTS or not 0 <= extra_minutes <= MOST_MINUTES:
        raise InvalidExtension(
            f"At most {MOST_ATTEMPTS} submissions and {MOST_MINUTES} minutes can be given, and not less than none."
        )
    if due_at is None and not extra_attempts and not extra_minutes:
        raise InvalidExtension("Say what is given: a later due date, more submissions, or more minutes.")
