"""How work is handed in, as course.toml says it, and what is told where it can't be meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from nbquest.courses.errors import CourseFolderError
from nbquest.courses.folder import read_course_folder
from nbquest.courses.policy import CoolDown, PenaltyStep, Policy
from nbquest.settings import REPOSITORY
from tests.factories.courses import squares_source, write_course

FILES = {"first/a.ipynb": b"{}", "second/b.ipynb": b"{}"}


def _policies(tmp_path: Path, manifest: str) -> list[Policy]:
    folder = write_course(tmp_path / "c", FILES, dedent(manifest))
    return [assignment.policy for assignment in read_course_folder(folder).assignments]


def test_a_course_and_what_an_assignment_says_over_it(tmp_path: Path) -> None:
    """Dates are local times of the course's zone; what an assignment doesn't say is as its course says."""
    first, second = _policies(
        tmp_path,
        """
        title = "x"
        time_zone = "Europe/Berlin"

        [policy]
        late_until = "1 week"
        penalties = [{ after = "1 day", percent = 10 }, { after = "3 days", percent = 32.5 }]
        grace_seconds = 60
        attempts = 10
        cool_down = { first = "1 minute", factor = 2, most = "1 hour" }
        counts = "latest"

        [[assignments]]
        slug = "first"
        opens = 2027-03-01T08:00:00
        due = 2027-03-28T03:00:00

        [[assignments]]
        slug = "second"
        due = 2027-03-28T23:59:00-05:00
        exam = "90 minutes"

        [assignments.policy]
        late_until = 2027-03-30T07:00:00
        penalties = []
        attempts = "unlimited"
        cool_down = "0 minutes"
        """,
    )
    assert first == Policy(
        opens_at=datetime(2027, 3, 1, 7, tzinfo=UTC),
        due_at=datetime(2027, 3, 28, 1, tzinfo=UTC),
        late_for=timedelta(weeks=1),
        penalties=(
            PenaltyStep(after=timedelta(days=1), fraction=Decimal("0.1")),
            PenaltyStep(after=timedelta(days=3), fraction=Decimal("0.325")),
        ),
        grace=timedelta(minutes=1),
        attempts=10,
        cool_down=CoolDown(first=timedelta(minutes=1), factor=Decimal(2), most=timedelta(hours=1)),
        counts="latest",
    )
    assert second == Policy(
        due_at=datetime(2027, 3, 29, 4, 59, tzinfo=UTC),
        late_for=timedelta(hours=24, minutes=1),
        grace=timedelta(minutes=1),
        counts="latest",
        exam_time=timedelta(minutes=90),
    )


def test_nothing_said_is_a_policy_of_nothing(tmp_path: Path) -> None:
    """As courses of before have it."""
    assert _policies(tmp_path, 'title = "x"\n[[assignments]]\nslug = "first"') == [Policy()]


@pytest.mark.parametrize(
    ("course", "assignment", "said"),
    [
        ("time_zone = 'Europe/Nowhere'", "", "time_zone: there is no zone Europe/Nowhere"),
        ("time_zone = 3", "", "time_zone"),
        ("", "opens = 2027-03-07T23:59:00", "assignment first, opens: needs a date, a time and an offset"),
        ("time_zone = 'Europe/Berlin'", "due = 2027-03-28T02:30:00", "first, due: 02:30:00 is skipped"),
        ("time_zone = 'Europe/Berlin'", "due = 2027-10-31T02:30:00", "first, due: 02:30:00 comes twice"),
        ("", "due = 9999-03-28T02:30:00Z", "first, due: the year must lie between"),
        ("", "due = 2027-03-28T02:30:00Z\nopens = 2027-03-28T02:30:00Z", "first: opens: must come before due"),
        ("", "exam = '0 minutes'", "first, exam"),
        ("", "exam = 90", 'first, exam: needs a number and a unit in quotes, as in "90 minutes"'),
        ("", "policy = { late_until = '3 fortnights' }", "first, policy.late_until: needs a number and a unit"),
        ("", "policy = { late_until = '999999 weeks' }", "policy.late_until: must not be longer than five years"),
        ("", "policy = { late_until = 2027-03-28T02:30:00Z }", "first: policy.late_until: is a moment, so"),
        (
            "",
            "due = 2027-03-28T02:30:00Z\npolicy = { late_until = 2027-03-28T02:29:59Z }",
            "first: policy.late_until: must not come before due",
        ),
        ("policy = { late_until = 2027-03-28T02:30:00Z }", "", "policy: late_until: for the whole course"),
        ("policy = { attempts = 0 }", "", 'policy.attempts: needs a number from 1 to 10000, or "unlimited"'),
        ("policy = { attempts = true }", "", "policy.attempts: needs a number"),
        ("policy = { attempts = 'many' }", "", "policy.attempts: needs a number"),
        ("policy = { tries = 3 }", "", "policy.tries: is not a key of course.toml"),
        ("policy = { counts = 'worst' }", "", "policy.counts"),
        ("policy = { grace_seconds = -1 }", "", "policy.grace_seconds"),
        ("policy = { penalties = [{ after = '1 day', percent = 101 }] }", "", "policy.penalties.0.percent"),
        ("policy = { penalties = [{ percent = 10 }] }", "", "policy.penalties.0.after: is missing"),
        (
            "policy = { penalties = [{ after = '2 days', percent = 10 }, { after = '1 day', percent = 20 }] }",
            "",
            "penalties: each must begin later",
        ),
        (
            "policy = { penalties = [{ after = '1 day', percent = 20 }, { after = '2 days', percent = 10 }] }",
            "",
            "penalties: each must begin later",
        ),
        ("policy = { cool_down = { first = '1 minute', factor = 2 } }", "", "policy.cool_down: needs most"),
        ("policy = { cool_down = 5 }", "", "policy.cool_down: needs a time in quotes"),
    ],
)
def test_what_can_not_be_meant_is_told(tmp_path: Path, course: str, assignment: str, said: str) -> None:
    """The assignment and the key."""
    manifest = f"title = 'x'\n{course}\n[[assignments]]\nslug = 'first'\n{assignment}\n"
    with pytest.raises(CourseFolderError) as caught:
        _policies(tmp_path, manifest)
    assert caught.value.message.startswith("course.toml: ")
    assert said in caught.value.message


def test_the_example_of_the_documentation_can_be_published(tmp_path: Path) -> None:
    """The whole of the how-to on due dates, as it stands there."""
    page = (REPOSITORY / "docs" / "howto" / "due-dates.md").read_text(encoding="utf-8")
    manifest = page.partition("```toml\n")[2].partition("```")[0]
    slugs = ("week-1", "project", "exam")
    folder = write_course(tmp_path / "c", {f"{slug}/a.ipynb": squares_source() for slug in slugs}, manifest)
    week, project, exam = (found.policy for found in read_course_folder(folder).assignments)
    assert week.due_at == datetime(2027, 3, 7, 22, 59, tzinfo=UTC)
    assert (project.attempts, project.counts) == (3, "latest")
    assert (exam.exam_time, exam.late_for) == (timedelta(minutes=90), timedelta(0))
