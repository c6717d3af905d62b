"""What the pages say of due dates, lateness, attempts and waits: each person's own, in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.db.engine import session_scope
from nbquest.identity import api as identity
from nbquest.submissions import api as submissions
from nbquest.submissions.extensions import Grant
from nbquest.submissions.views import Submission
from tests.factories.courses import outcome, squares_source, write_course
from tests.integration.nbquest.web.running import RunningService, error_of, fresh_name, hand_in, submissions_path

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LATE_COSTS = 'policy = { penalties = [{ after = "1 day", percent = 10 }] }'

Publish = Callable[[str], tuple[str, str]]


@pytest.fixture
def publish(service: RunningService, tmp_path: Path) -> Publish:
    """Publishes a course of one assignment with these keys; returns its name and that of its one learner."""

    def publish_course(keys: str) -> tuple[str, str]:
        course, learner = fresh_name("course"), fresh_name()
        # Closed, so that it is not on the pages of other tests' learners.
        manifest = f'title = "Dated"\nenrolment = "closed"\n[[assignments]]\nslug = "first"\n{keys}\n'
        path = write_course(tmp_path / course, {"first/squares.ipynb": squares_source()}, manifest)
        with session_scope(service.engine) as session:
            courses.publish_course(session, service.blobs, path, publisher="teacher", grader_options=GraderOptions())
            identity.set_course_role(session, learner, course, "learner")
        return course, learner

    return publish_course


def _words(page: str) -> str:
    """Return what a reader sees of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace(" .", ".").replace("&#39;", "'")


def _submit(service: RunningService, course: str, person: str, percent: int = 100) -> Submission:
    body = {**hand_in(), "accept_penalty_percent": percent}
    answer = service.api(person).post(submissions_path("first", course), json=body)
    assert answer.status_code == 202, answer.text
    return Submission.model_validate(answer.json())


@pytest.mark.parametrize(
    ("keys", "home", "detail"),
    [
        (f"opens = {(NOW + 2 * DAY + HOUR).isoformat()}", "not open yet, opens in 2 days", "It opens on"),
        (f"due = {(NOW + 2 * DAY + HOUR).isoformat()}", "due in 2 days", "Open until"),
        (
            f'due = {(NOW - 3 * DAY).isoformat()}\npolicy = {{ late_until = "1 day" }}',
            "closed 2 days ago",
            "ask your instructor for an extension",
        ),
        (
            f"due = {(NOW - 2 * DAY).isoformat()}\n{LATE_COSTS}",
            "late: now costs 10 % of the points",
            "Handed in now, 10 % of its points are taken off.",
        ),
        (
            f'due = {(NOW - HOUR).isoformat()}\npolicy = {{ late_until = "3 days" }}',
            "late, still taken closes in 2 days",
            "nothing is taken off",
        ),
        ('exam = "90 minutes"', "its time begins when you fetch it", "fetch the assignment first"),
        ('policy = { attempts = 3, counts = "latest" }', "3 of 3 submissions left", "Your latest submission counts."),
    ],
    ids=["opens", "due", "closed", "costs", "late", "exam", "attempts"],
)
def test_how_it_stands_is_said_in_words(
    service: RunningService, publish: Publish, *, keys: str, home: str, detail: str
) -> None:
    """Short on the home page, with the exact time and what to do on the course's."""
    course, learner = publish(keys)
    browser = service.browser(learner)
    assert home in _words(browser.get("").text)
    assert home in _words(browser.get(f"courses/{course}").text)
    assert detail in _words(browser.get(f"courses/{course}").text)


def test_times_are_by_the_clocks_of_the_person(service: RunningService, publish: Publish) -> None:
    """On hover, and in the sentence on the course's page; an extension of their own goes before everybody's date."""
    course, learner = publish("due = 2098-03-07T23:59:00Z")
    given = datetime(2099, 7, 1, 12, 0, tzinfo=UTC)
    with session_scope(service.engine) as session:
        identity.set_time_zone(session, learner, "Asia/Kolkata")
        submissions.extend(session, course, "first", Grant(person=learner, due_at=given, reason="Ill"))
    page = service.browser(learner).get(f"courses/{course}").text
    assert 'title="Wed 01 Jul 2099, 17:30 Asia/Kolkata"' in page
    assert "Open until 1 Jul 2099, 17:30 (Asia/Kolkata)." in page
    assert "extended for you" in page
    assert "2098" not in page
    teacher = service.browser("teacher").get(f"courses/{course}").text
    assert "2098" in teacher
    assert "extended for you" not in teacher


def test_the_wait_and_the_end_of_the_submissions_are_told(service: RunningService, publish: Publish) -> None:
    """What can't be handed in any more is no next step; programs are told when to come back."""
    course, learner = publish('policy = { attempts = 2, cool_down = "10 minutes" }')
    browser = service.browser(learner)
    service.grade(_submit(service, course, learner), outcome({"visible": (2, 2), "hidden": (0, 3)}))
    page = _words(browser.get(f"courses/{course}").text)
    assert re.search(r"next submission taken in \d minutes 1 of 2 submissions left", page)
    assert "The next submission is taken from" in page
    answer = service.api(learner).post(submissions_path("first", course), json=hand_in())
    assert error_of(answer, 429)["code"] == "cooling-down"
    assert 1 <= int(answer.headers["retry-after"]) <= 600
    with session_scope(service.engine) as session:
        earlier = "UPDATE submissions SET submitted_at = submitted_at - interval '1 hour' WHERE person_id = :whose"
        session.execute(text(earlier), {"whose": identity.get_person_id(session, learner)})
    service.grade(last := _submit(service, course, learner), outcome({"visible": (2, 2), "hidden": (0, 3)}))
    page = _words(browser.get("").text)
    assert "no submissions left" in page
    assert "Next step in Dated" not in page
    page = _words(browser.get(f"courses/{course}").text)
    assert "All of your 2 submissions are used up." in page
    assert "hand in again" not in _words(browser.get(f"submissions/{last.id}").text)


def test_the_score_that_counts_is_shown(service: RunningService, publish: Publish) -> None:
    """Not the best one, where the latest counts."""
    course, learner = publish('policy = { counts = "latest" }')
    service.grade(_submit(service, course, learner), outcome({"visible": (2, 2), "hidden": (2, 3)}))
    service.grade(_submit(service, course, learner), outcome({"visible": (1, 2), "hidden": (0, 3)}))
    page = _words(service.browser(learner).get(f"courses/{course}").text)
    assert "1 / 5" in page
    assert "1 of 5 points" in page
    assert "4 / 5" not in page


def test_a_penalty_is_shown_with_what_it_took(service: RunningService, publish: Publish) -> None:
    """To the learner on the result, and in the instructors' list."""
    course, learner = publish(f"due = {(NOW - 2 * DAY).isoformat()}\n{LATE_COSTS}")
    made = _submit(service, course, learner)
    service.grade(made, outcome({"visible": (2, 2), "hidden": (3, 3)}))
    page = _words(service.browser(learner).get(f"submissions/{made.id}").text)
    assert "4.5 of 5 points" in page
    assert "10 % of the points are taken off, as it was late." in page
    assert "late, −10 %" in _words(service.browser("teacher").get(f"instruct/{course}").text)
