"""People and their course roles."""

from __future__ import annotations

from sqlalchemy.orm import Session

from nbquest.identity.views import CourseRole, Person


def get_or_create_person(session: Session, name: str, *, is_admin: bool | None = None) -> Person:
    """Return the person of this Hub user name, made now if unknown. `is_admin`, when given, is what the Hub says."""
    raise NotImplementedError


def get_person(session: Session, name: str) -> Person:
    """Return the person of this name. Raises PersonNotFound."""
    raise NotImplementedError


def set_time_zone(session: Session, name: str, time_zone: str) -> Person:
    """Set the zone (IANA name) in which this person's days begin. Raises UnknownTimeZone."""
    raise NotImplementedError


def course_role(session: Session, name: str, course_slug: str) -> CourseRole | None:
    """Return the role that was given to this person in this course, or None. See courses.api.role_in_course."""
    raise NotImplementedError


def set_course_role(session: Session, name: str, course_slug: str, role: CourseRole | None) -> None:
    """Give this person this role in the course, or take it away (None). Raises NoSuchCourse."""
    raise NotImplementedError


def list_course_roles(session: Session, name: str) -> dict[str, CourseRole]:
    """Return the person's roles, by course slug."""
    raise NotImplementedError
