"""People and their roles."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.courses.errors import CourseNotFound
from nbquest.errors import InvalidInput
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.identity.errors import InvalidName, NoSuchCourse, PersonNotFound, UnknownTimeZone
from tests.factories.courses import publish_squares


def test_a_person_is_made_once(session: Session) -> None:
    """Under the Hub's name; whether they administrate the site is what the Hub said last."""
    made = identity.get_or_create_person(session, "ada")
    assert (made.name, made.display_name, made.time_zone, made.is_admin) == ("ada", "ada", "UTC", False)
    assert identity.get_or_create_person(session, "ada", is_admin=True).is_admin
    assert identity.get_or_create_person(session, "ada").is_admin
    assert not identity.get_or_create_person(session, "ada", is_admin=False).is_admin


@pytest.mark.parametrize("name", ["", " ada", "a/b", "a\0b", "x" * 256])
def test_a_name_that_no_hub_gives_is_refused(session: Session, name: str) -> None:
    """Before it reaches a path or an address."""
    with pytest.raises(InvalidName):
        identity.get_or_create_person(session, name)


def test_who_is_unknown_is_said_so(session: Session) -> None:
    """And nobody is made by asking."""
    with pytest.raises(PersonNotFound):
        identity.get_person(session, "nobody")
    assert identity.find_person_id(session, "nobody") is None


def test_the_time_zone_is_one_that_exists(session: Session) -> None:
    """By its IANA name."""
    identity.get_or_create_person(session, "ada")
    assert identity.set_time_zone(session, "ada", "Europe/Berlin").time_zone == "Europe/Berlin"
    for zone in ("Middle/Earth", "../etc", ""):
        with pytest.raises(UnknownTimeZone):
            identity.set_time_zone(session, "ada", zone)


def test_roles(session: Session, tmp_path: Path) -> None:
    """Given, changed and taken away; without one, an open course makes everybody a learner and a closed one nobody."""
    publish_squares(session, MemoryBlobStore(), tmp_path)
    assert identity.course_role(session, "teacher", "squares") == "instructor"
    assert identity.course_role(session, "ada", "squares") is None
    assert courses.role_in_course(session, "ada", "squares") == "learner"
    identity.set_course_role(session, "ada", "squares", "learner")
    identity.set_course_role(session, "ada", "squares", "mentor")
    assert courses.role_in_course(session, "ada", "squares") == "mentor"
    identity.set_course_role(session, "ada", "squares", None)
    assert identity.course_role(session, "ada", "squares") is None
    with pytest.raises(NoSuchCourse):
        identity.set_course_role(session, "ada", "cubes", "learner")
    with pytest.raises(InvalidInput):
        identity.set_course_role(session, "ada", "squares", "king")  # type: ignore[arg-type]  # what a bad caller sends
    with pytest.raises(CourseNotFound):
        courses.role_in_course(session, "ada", "cubes")
