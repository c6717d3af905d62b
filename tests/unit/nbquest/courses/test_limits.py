"""Limits: what course.toml asks for, within what a site allows."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.options import Limits
from nbquest.courses.errors import CourseFolderError
from nbquest.courses.folder import read_course_folder
from nbquest.courses.limits import HIGHEST, check_limits, effective
from nbquest.courses.options import grader_options, highest_limits, usual_limits
from nbquest.courses.publishing import content_digest
from nbquest.settings import Settings
from tests.factories.courses import write_course

FILES = {"first/a.ipynb": b"{}", "second/b.ipynb": b"{}"}
NAMES = [field.name for field in dataclasses.fields(Limits)]
MANIFEST = "title = 'x'\n{course}\n[[assignments]]\nslug = 'first'\n{first}\n[[assignments]]\nslug = 'second'\n"


def _read(folder: Path, course: str = "", first: str = ""):
    return read_course_folder(write_course(folder / "c", FILES, MANIFEST.format(course=course, first=first)))


def test_an_assignments_own_limits_come_before_the_courses(tmp_path: Path) -> None:
    course = _read(tmp_path, "limits = {cell_seconds = 10, memory_mb = 512}", "limits = {cell_seconds = 2.5}")
    assert course.limits == {"cell_seconds": 10.0, "memory_mb": 512}
    assert [item.limits for item in course.assignments] == [
        {"cell_seconds": 2.5, "memory_mb": 512},
        {"cell_seconds": 10.0, "memory_mb": 512},
    ]


@pytest.mark.parametrize(
    ("course", "first", "said"),
    [
        ("limits = {memory_mb = '512'}", "", "limits.memory_mb: Input should be a valid integer"),
        ("limits = {memory_mb = 1}", "", "limits.memory_mb: Input should be greater than or equal to 64"),
        ("limits = {cell_seconds = inf}", "", "limits.cell_seconds: Input should be a finite number"),
        ("limits = {processes = true}", "", "limits.processes: Input should be a valid integer"),
        ("limits = {memory = 512}", "", "limits.memory: is not a key of course.toml"),
        ("limits = 5", "", "limits: "),
        ("", "limits = {disk_mb = 0}", "assignment first, limits.disk_mb: Input should be"),
    ],
)
def test_what_is_no_limit_is_said_with_its_key(tmp_path: Path, course: str, first: str, said: str) -> None:
    with pytest.raises(CourseFolderError) as caught:
        _read(tmp_path, course, first)
    assert caught.value.message.startswith(f"course.toml: {said}")


def test_what_a_site_does_not_allow_is_said_with_its_setting() -> None:
    with pytest.raises(CourseFolderError) as caught:
        check_limits({"memory_mb": 4096, "processes": 9}, HIGHEST, file="course.toml", where="assignment first, ")
    assert caught.value.message == (
        "course.toml: assignment first, limits.memory_mb: 4096 is more than the 2048 that this site allows "
        "(its setting grading_max_memory_mb)"
    )
    with pytest.raises(CourseFolderError, match=r"limits.cell_seconds: 60 is more than limits.total_seconds, 30"):
        check_limits({"cell_seconds": 60.0, "total_seconds": 30.0}, HIGHEST, file="course.toml")


def test_settings_say_what_is_usual_and_what_is_highest(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, grading_memory_mb=4096, grading_max_cell_seconds=60, grading_output_kb=7)
    assert grader_options(settings).limits == usual_limits(settings)
    assert usual_limits(settings).output_kb == 7
    highest = highest_limits(settings)
    assert (highest.memory_mb, highest.cell_seconds) == (4096, 60)
    assert highest_limits(Settings(data_dir=tmp_path)) == HIGHEST


@given(
    said=st.dictionaries(st.sampled_from([*NAMES, "unknown"]), st.integers(1, 10_000)),
    highest=st.fixed_dictionaries({name: st.integers(1, 10_000) for name in NAMES}),
)
def test_nothing_is_ever_above_the_highest(said: dict[str, float], highest: dict[str, int]) -> None:
    usual = Limits()
    found = effective(said, usual=usual, highest=Limits(**highest))
    for name in NAMES:
        assert getattr(found, name) == min(said.get(name, getattr(usual, name)), highest[name])


def test_other_limits_are_another_version(tmp_path: Path) -> None:
    plain, limited, other = (
        content_digest(_read(tmp_path / str(number), course).assignments[0])
        for number, course in enumerate(["", "limits = {memory_mb = 512}", "limits = {memory_mb = 256}"])
    )
    assert len({plain, limited, other}) == 3
