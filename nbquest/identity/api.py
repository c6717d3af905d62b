"""People and their course roles."""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, func, select, table, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql import column

from nbquest.clock import utc_now
from nbquest.errors import InvalidInput
from nbquest.identity.errors import InvalidName, NoSuchCourse, PersonNotFound, UnknownTimeZone
from nbquest.identity.models import CourseGroupMemberRow, CourseRoleRow, PersonRow
from nbquest.identity.views import CourseRole, Person

MAX_NAME = 255


def get_or_create_person(session: Session, name: str, *, is_admin: bool | None = None) -> Person:
    """Return the person of this Hub user name, made now if unknown. `is_admin`, when given, is what the Hub says."""
    if not _is_name(name):
        raise InvalidName
    row = _find_row(session, name)
    if row is None:
        values = {"name": name, "display_name": name, "is_admin": bool(is_admin), "created_at": utc_now()}
        session.execute(insert(PersonRow).values(**values).on_conflict_do_nothing(index_elements=["name"]))
        row = _get_row(session, name)
    if is_admin is not None and row.is_admin != is_admin:
        row.is_admin = is_admin
        session.flush()
    return _view(row)


def get_person(session: Session, name: str) -> Person:
    """Return the person of this name. Raises PersonNotFound."""
    return _view(_get_row(session, name))


def get_person_id(session: Session, name: str) -> int:
    """Return the person's number, by which other rooms' tables refer to them. Raises PersonNotFound."""
    return _get_row(session, name).id


def find_person_id(session: Session, name: str) -> int | None:
    """Return the person's number, or None where nobody is of this name."""
    row = _find_row(session, name)
    return None if row is None else row.id


def list_names(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Return the people's names by their numbers."""
    rows = session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(person_ids)))
    return {row.id: row.name for row in rows}


def find_time_zone(session: Session, name: str) -> tuple[int, str] | None:
    """Return the person's number and the zone (IANA name) in which their days begin; None where nobody is so named."""
    row = _find_row(session, name)
    return None if row is None else (row.id, row.time_zone)


def list_time_zones(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Return the zones (IANA names) in which these people's days begin, by their numbers."""
    rows = session.execute(select(PersonRow.id, PersonRow.time_zone).where(PersonRow.id.in_(person_ids)))
    return {row.id: row.time_zone for row in rows}


def lock_person(session: Session, name: str) -> int:
    """Hold the person until the transaction ends, so that what they earn is counted once; return their number."""
    found = session.scalar(select(PersonRow.id).where(PersonRow.name == name).with_for_update(key_share=True))
    if found is None:
        raise PersonNotFound(name=name)
    return found


def lock_or_create_person(session: Session, name: str) -> int:
    """Hold the person as `lock_person` does; who is unknown is made first."""
    try:
        return lock_person(session, name)
    except PersonNotFound:
        get_or_create_person(session, name)
        return lock_person(session, name)


def lock_person_id(session: Session, person_id: int) -> None:
    """Hold the person of this number as `lock_person` does."""
    session.execute(select(PersonRow.id).where(PersonRow.id == person_id).with_for_update(key_share=True))


def hold_person(session: Session, name: str) -> None:
    """Hold the person until the transaction ends, so that nobody adds a row that names them."""
    if session.scalar(select(PersonRow.id).where(PersonRow.name == name).with_for_update()) is None:
        raise PersonNotFound(name=name)


def set_time_zone(session: Session, name: str, time_zone: str) -> Person:
    """Set the zone (IANA name) in which this person's days begin. Raises UnknownTimeZone."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone(time_zone=time_zone) from None
    session.execute(update(PersonRow).where(PersonRow.name == name).values(time_zone=time_zone))
    return get_person(session, name)


def course_role(session: Session, name: str, course_slug: str) -> CourseRole | None:
    """Return the role that was given to this person in this course, or None. See courses.api.role_in_course."""
    return list_course_roles(session, name).get(course_slug)


def list_course_roles(session: Session, name: str) -> dict[str, CourseRole]:
    """Return the person's roles, by course slug."""
    rows = session.execute(
        select(CourseRoleRow.course_slug, CourseRoleRow.role)
        .join(PersonRow, PersonRow.id == CourseRoleRow.person_id)
        .where(PersonRow.name == name)
        .order_by(CourseRoleRow.course_slug)
    )
    return {slug: _role(role) for slug, role in rows}


def set_course_role(session: Session, name: str, course_slug: str, role: CourseRole | None) -> None:
    """Give this person this role in the course, or take it away (None). Raises NoSuchCourse."""
    _require_course(session, course_slug)
    get_or_create_person(session, name)
    person_id = get_person_id(session, name)
    if role is None:
        session.execute(
            delete(CourseRoleRow).where(CourseRoleRow.person_id == person_id, CourseRoleRow.course_slug == course_slug)
        )
        return
    values = {"person_id": person_id, "course_slug": course_slug, "role": _role(role), "created_at": utc_now()}
    statement = insert(CourseRoleRow).values(**values)
    session.execute(statement.on_conflict_do_update(index_elements=["person_id", "course_slug"], set_={"role": role}))


def list_staff(session: Session, course_slug: str) -> set[int]:
    """Return the numbers of the people who teach the course: its mentors and instructors."""
    query = select(CourseRoleRow.person_id).where(CourseRoleRow.course_slug == course_slug)
    return set(session.scalars(query.where(CourseRoleRow.role.in_(("mentor", "instructor")))))


def set_group_member(session: Session, name: str, course_slug: str, group: str, *, member: bool = True) -> None:
    """Put this person into a group of a course, or take them out. Raises NoSuchCourse, InvalidName, PersonNotFound."""
    _require_course(session, course_slug)
    if not _is_name(group):
        raise InvalidName("A group's name has 1 to 255 characters, no spaces around it and no slash.")
    if member:
        get_or_create_person(session, name)
    values = {"course_slug": course_slug, "name": group, "person_id": get_person_id(session, name)}
    if member:
        session.execute(insert(CourseGroupMemberRow).values(**values).on_conflict_do_nothing())
    else:
        session.execute(delete(CourseGroupMemberRow).filter_by(**values))


def list_groups(session: Session, course_slug: str, person_id: int) -> list[str]:
    """Return the groups of the course that the person is in, by name."""
    query = select(CourseGroupMemberRow.name).where(
        CourseGroupMemberRow.course_slug == course_slug, CourseGroupMemberRow.person_id == person_id
    )
    return list(session.scalars(query.order_by(CourseGroupMemberRow.name)))


def list_course_groups(session: Session, course_slug: str) -> dict[str, int]:
    """Return how many people are in each group of the course, by its name."""
    query = select(CourseGroupMemberRow.name, func.count()).where(CourseGroupMemberRow.course_slug == course_slug)
    rows = session.execute(query.group_by(CourseGroupMemberRow.name).order_by(CourseGroupMemberRow.name))
    return {row[0]: row[1] for row in rows}


def list_memberships(session: Session, course_slug: str) -> dict[int, set[str]]:
    """Return the groups of the course by the people who are in them, who are told by number."""
    query = select(CourseGroupMemberRow.person_id, CourseGroupMemberRow.name)
    found: dict[int, set[str]] = {}
    for person_id, name in session.execute(query.where(CourseGroupMemberRow.course_slug == course_slug)):
        found.setdefault(person_id, set()).add(name)
    return found


def list_group_members(session: Session, course_slug: str, group: str) -> list[int]:
    """Return the numbers of the people who are in the group."""
    query = select(CourseGroupMemberRow.person_id).where(
        CourseGroupMemberRow.course_slug == course_slug, CourseGroupMemberRow.name == group
    )
    return list(session.scalars(query.order_by(CourseGroupMemberRow.person_id)))


def _require_course(session: Session, course_slug: str) -> None:
    # The courses' room lies above this one; their table is all that is needed of it.
    courses = table("courses", column("slug"))
    if session.scalar(select(courses.c.slug).where(courses.c.slug == course_slug)) is None:
        raise NoSuchCourse(f"There is no course named {course_slug}.", course=course_slug)


def _is_name(name: str) -> bool:
    return 0 < len(name) <= MAX_NAME and name == name.strip() and "/" not in name and name.isprintable()


def _role(value: str) -> CourseRole:
    for role in get_args(CourseRole):
        if role == value:
            return role  # type: ignore[no-any-return]  # get_args forgets the type
    raise InvalidInput(f"A course role is one of {', '.join(get_args(CourseRole))}, not {value}.")


def _find_row(session: Session, name: str) -> PersonRow | None:
    return session.scalar(select(PersonRow).where(PersonRow.name == name).execution_options(populate_existing=True))


def _get_row(session: Session, name: str) -> PersonRow:
    row = _find_row(session, name)
    if row is None:
        raise PersonNotFound(f"There is nobody named {name}.", name=name)
    return row


def _view(row: PersonRow) -> Person:
    return Person(name=row.name, display_name=row.display_name, time_zone=row.time_zone, is_admin=row.is_admin)
