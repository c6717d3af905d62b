"""Quotas: what course.toml asks for, within what a site allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbquest.courses.errors import CourseFolderError
from nbquest.courses.folder import read_course_folder
from nbquest.courses.quotas import ANY, QuotasEntry, check_quotas, most_quotas
from nbquest.settings import Settings
from nbquest.submissions.quotas import Quotas, within_course
from tests.factories.courses import write_course

MIB = 2**20


def _read(folder: Path, said: str) -> QuotasEntry:
    manifest = f"title = 'x'\n{said}\n[[assignments]]\nslug = 'first'\n"
    return read_course_folder(write_course(folder / "c", {"first/a.ipynb": b"{}"}, manifest)).quotas


def test_a_course_says_what_it_keeps(tmp_path: Path) -> None:
    assert _read(tmp_path, "") == ANY
    asked = _read(tmp_path, "quotas = {person_mb = 50, course_mb = 2000}")
    assert asked.said() == {"person_mb": 50, "course_mb": 2000}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("quotas = {person_mb = '50'}", "quotas.person_mb: Input should be a valid integer"),
        ("quotas = {person_mb = 0}", "quotas.person_mb: Input should be greater than or equal to 1"),
        ("quotas = {person_mb = 1.5}", "quotas.person_mb: Input should be a valid integer"),
        ("quotas = {course_mb = true}", "quotas.course_mb: Input should be a valid integer"),
        ("quotas = {people_mb = 50}", "quotas.people_mb: is not a key of course.toml"),
        ("quotas = {person_mb = 51, course_mb = 50}", "quotas: person_mb, 51, is more than course_mb, 50"),
        ("quotas = 5", "quotas: "),
    ],
)
def test_what_is_no_quota_is_said_with_its_key(tmp_path: Path, said: str, problem: str) -> None:
    with pytest.raises(CourseFolderError) as caught:
        _read(tmp_path, said)
    assert caught.value.message.startswith(f"course.toml: {problem}")


def test_what_a_site_does_not_allow_is_said_with_its_setting() -> None:
    most = most_quotas(Settings(quota_person_mb=100, quota_course_mb=0))
    check_quotas(QuotasEntry(person_mb=100, course_mb=10**6), most, file="course.toml")
    with pytest.raises(CourseFolderError) as caught:
        check_quotas(QuotasEntry(person_mb=101), most, file="course.toml")
    assert caught.value.message == (
        "course.toml: quotas.person_mb: 101 is more than the 100 that this site allows (its setting quota_person_mb)"
    )


def test_a_site_may_give_a_course_less_than_a_person() -> None:
    """A person's quota is over all courses."""
    most = most_quotas(Settings(quota_person_mb=2048, quota_course_mb=100))
    check_quotas(QuotasEntry(course_mb=100), most, file="course.toml")


def test_the_lower_quota_of_a_course_holds() -> None:
    site = Quotas(person=7, course=2 * MIB)
    assert within_course(site, ANY) == site
    asked = within_course(site, QuotasEntry(person_mb=1, course_mb=1))
    assert asked == Quotas(person=7, person_in_course=MIB, course=MIB)
    assert within_course(site, QuotasEntry(course_mb=3)) == site
    assert within_course(Quotas(), QuotasEntry(course_mb=3)) == Quotas(course=3 * MIB)
