"""Extensions by HTTP and on their page: for instructors alone, by the course's clocks, with who gave them and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.db.engine import session_scope
from nbquest.identity import api as identity
from nbquest.submissions import api as submissions
from nbquest.submissions.extensions import Extension
from nbquest.submissions.views import Submission
from tests.factories.courses import outcome, squares_source, write_course
from tests.integration.nbquest.web.running import (
    PREFIX,
    RunningService,
    error_of,
    fresh_name,
    hand_in,
    submissions_path,
)

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
HOSTILE = "<script>document.title = 'taken'</script>"
POLICY = 'policy = { attempts = 2, late_until = "7 days", penalties = [{ after = "0 days", percent = 20 }] }'


@dataclass(frozen=True)
class Dated:
    """A course in Berlin whose one assignment was due two days ago, its people, and a neighbour's course."""

    service: RunningService
    course: str
    other: str
    teacher: str
    mentor: str
    learner: str
    neighbour: str

    @property
    def api(self) -> str:
        """The address that extensions are given at."""
        return f"api/courses/{self.course}/assignments/first/extensions"

    @property
    def page(self) -> str:
        """The address of the page."""
        return f"instruct/{self.course}/extensions"

    def give(self, **what: Any) -> Extension:
        """Give one by the API."""
        answer = self.service.api(self.teacher).post(self.api, json={"reason": "Ill", **what})
        assert answer.status_code == 201, answer.text
        return Extension.model_validate(answer.json())

    def withdraw(self, number: int, course: str | None = None) -> str:
        """Return the address that one is withdrawn at."""
        return f"api/courses/{course or self.course}/extensions/{number}/withdraw"

    def form(self, **typed: str) -> dict[str, str]:
        """Return what the page's form sends."""
        return {"assignment": "first", "zone": "Europe/Berlin", "reason": "Ill", "person": self.learner, **typed}

    def listed(self) -> list[Extension]:
        """Return all that was given."""
        with session_scope(self.service.engine) as session:
            return submissions.list_extension_history(session, self.course).items


@pytest.fixture
def dated(service: RunningService, tmp_path: Path) -> Dated:
    return _dated(service, tmp_path, 'time_zone = "Europe/Berlin"')


def _dated(service: RunningService, folder: Path, keys: str) -> Dated:
    course, other, teacher, mentor, learner, neighbour = (
        fresh_name(stem) for stem in ("course", "other", "teacher", "mentor", "learner", "neighbour")
    )
    due = (NOW - 2 * DAY).isoformat()
    manifest = (
        f'title = "Dated"\nenrolment = "closed"\n{keys}\n[[assignments]]\nslug = "first"\ndue = {due}\n{POLICY}\n'
    )
    with session_scope(service.engine) as session:
        for slug, who in ((course, teacher), (other, neighbour)):
            path = write_course(folder / slug, {"first/squares.ipynb": squares_source()}, manifest)
            courses.publish_course(session, service.blobs, path, publisher=who, grader_options=GraderOptions())
        identity.set_course_role(session, mentor, course, "mentor")
        identity.set_course_role(session, learner, course, "learner")
    return Dated(service, course, other, teacher, mentor, learner, neighbour)


def words(page: str) -> str:
    """Return what a reader sees of a page."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    return text.replace("&#39;", "'").replace(" .", ".").replace(" ,", ",")


def test_given_listed_and_withdrawn_by_the_api(dated: Dated) -> None:
    """With who did it; a second time there is nothing to withdraw."""
    teacher = dated.service.api(dated.teacher)
    made = dated.give(person=dated.learner, due_at=(NOW + DAY).isoformat(), extra_attempts=1)
    assert (made.granted_by, made.due_at, made.extra_attempts) == (dated.teacher, NOW + DAY, 1)
    listing = f"api/courses/{dated.course}/extensions"
    assert [one["id"] for one in teacher.get(listing).json()["items"]] == [made.id]
    second = dated.give(person=dated.learner, waives_penalty=True)
    page = teacher.get(listing, params={"limit": 1}).json()
    assert [one["id"] for one in page["items"]] == [second.id]
    page = teacher.get(listing, params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert ([one["id"] for one in page["items"]], page["next_cursor"]) == ([made.id], None)
    gone = teacher.post(dated.withdraw(made.id)).json()
    assert gone["withdrawn_by"] == dated.teacher
    assert error_of(teacher.post(dated.withdraw(made.id)), 404)["code"] == "extension-not-found"
    assert [(one.id, one.withdrawn_at is None) for one in dated.listed()] == [(second.id, True), (made.id, False)]


def test_what_is_asked_wrongly_is_said(dated: Dated) -> None:
    teacher = dated.service.api(dated.teacher)
    later, learner = (NOW + DAY).isoformat(), dated.learner
    for body in (
        {},
        {"person": learner, "due_at": later},
        {"person": learner, "reason": "x", "due_at": "2099-01-01T00:00"},
    ):
        assert error_of(teacher.post(dated.api, json=body), 422)["code"] == "invalid-input"
    for given, says in [
        ({"due_at": later}, "a person or to a group"),
        ({"person": learner}, "Say what is given"),
        ({"person": learner, "due_at": (NOW - 3 * DAY).isoformat()}, "(Europe/Berlin) for everybody"),
        ({"person": learner, "late_until": later}, "Late work is taken until"),
        ({"person": learner, "extra_minutes": 5}, "no exam"),
        ({"group": "none", "due_at": later}, "Nobody is in a group none"),
    ]:
        error = error_of(teacher.post(dated.api, json={"reason": "x", **given}), 422)
        assert error["code"] == "invalid-extension"
        assert says in error["message"]
    for person in (dated.neighbour, "nobody"):
        error = error_of(teacher.post(dated.api, json={"reason": "x", "due_at": later, "person": person}), 404)
        assert error["message"] == f"There is nobody named {person} in this course."
    missing = dated.api.replace("first", "none")
    error = error_of(teacher.post(missing, json={"reason": "x", "person": learner, "due_at": later}), 404)
    assert error["code"] == "assignment-not-found"
    listing = f"api/courses/{dated.course}/extensions"
    assert error_of(teacher.get(listing, params={"cursor": "x"}), 422)["code"] == "invalid-cursor"
    assert dated.listed() == []


def test_extensions_are_the_instructors(dated: Dated) -> None:
    """Learners and mentors are refused on every route, others can't tell that it is there; an administrator may."""
    made = dated.give(person=dated.learner, due_at=(NOW + DAY).isoformat())
    body = {"json": {"person": dated.learner, "due_at": (NOW + 2 * DAY).isoformat(), "reason": "mine"}}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", f"api/courses/{dated.course}/extensions", {}),
        ("POST", dated.api, body),
        ("POST", dated.withdraw(made.id), {}),
        ("GET", dated.page, {}),
        ("POST", dated.page, {"data": dated.form(due_at="2099-01-01T12:00")}),
        ("POST", f"{dated.page}/{made.id}/withdraw", {}),
    ]
    for name, status in ((dated.learner, 403), (dated.mentor, 403), (dated.neighbour, 404)):
        for method, path, sent in asked:
            error_of(dated.service.api(name).request(method, path, **sent), status)
    assert [(one.id, one.withdrawn_at) for one in dated.listed()] == [(made.id, None)]
    neighbour = dated.service.api(dated.neighbour)
    error_of(neighbour.post(dated.withdraw(made.id, dated.other)), 404)
    neighbour.post(f"instruct/{dated.other}/extensions/{made.id}/withdraw")
    assert [(one.id, one.withdrawn_at) for one in dated.listed()] == [(made.id, None)]
    root = dated.service.api(fresh_name("root"), admin=True)
    for method, path, sent in asked:
        assert root.request(method, path, **sent).status_code in {200, 201, 303}, path


def test_a_form_from_elsewhere_is_refused(dated: Dated) -> None:
    made = dated.give(person=dated.learner, due_at=(NOW + DAY).isoformat())
    browser = dated.service.browser(dated.teacher)
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        for path in (dated.page, f"{dated.page}/{made.id}/withdraw"):
            answer = browser.post(
                path, data=dated.form(due_at="2099-01-01T12:00"), headers={**headers, "Accept": "*/*"}
            )
            assert error_of(answer, 403)["code"] == "foreign-origin"
    assert [(one.id, one.withdrawn_at) for one in dated.listed()] == [(made.id, None)]


def test_times_are_by_the_clocks_of_the_course(dated: Dated) -> None:
    """Entered and shown; who gave it and why is there, also after it was taken away."""
    browser = dated.service.browser(dated.teacher)
    page = words(browser.get(dated.page).text)
    assert "All times here are by the clocks of Europe/Berlin, the course’s time zone." in page
    assert "Everybody has the same" in page
    typed = dated.form(due_at="2099-07-01T23:59", late_until="2099-12-24T12:00", extra_attempts="2", reason=HOSTILE)
    sent = browser.post(dated.page, data=typed, headers=SAME_ORIGIN)
    (made,) = dated.listed()
    assert sent.headers["location"] == f"{PREFIX}{dated.page}?given={made.id}"
    assert (made.due_at, made.late_until) == (
        datetime(2099, 7, 1, 21, 59, tzinfo=UTC),
        datetime(2099, 12, 24, 11, 0, tzinfo=UTC),
    )
    raw = browser.get(sent.headers["location"].removeprefix(PREFIX)).text
    assert HOSTILE not in raw
    page = words(raw)
    assert f"Given to {dated.learner}." in page
    assert "due Wed 01 Jul 2099, 23:59 Europe/Berlin" in page
    assert "late work taken until Thu 24 Dec 2099, 12:00 Europe/Berlin" in page
    assert "2 more submissions" in page
    assert f"given by {dated.teacher}," in page
    learner = dated.service.browser(dated.learner)
    assert "extended for you" in words(learner.get(f"courses/{dated.course}").text)
    assert "extended for you" in words(learner.get("").text)
    browser.post(f"{dated.page}/{made.id}/withdraw", headers=SAME_ORIGIN)
    page = words(browser.get(dated.page).text)
    assert f"taken away by {dated.teacher}," in page
    assert "extended for you" not in words(learner.get("").text)
    assert browser.post(f"{dated.page}/{made.id}/withdraw", headers=SAME_ORIGIN).status_code == 303


def test_a_course_without_a_zone_takes_the_instructors(service: RunningService, tmp_path: Path) -> None:
    dated = _dated(service, tmp_path, "")
    with session_scope(service.engine) as session:
        identity.set_time_zone(session, dated.teacher, "Asia/Kolkata")
    browser = service.browser(dated.teacher)
    page = browser.get(dated.page).text
    assert "by the clocks of Asia/Kolkata, your own time zone" in words(page)
    assert '<input type="hidden" name="zone" value="Asia/Kolkata">' in page
    browser.post(dated.page, data=dated.form(due_at="2099-07-01T12:00", zone="Asia/Kolkata"), headers=SAME_ORIGIN)
    assert dated.listed()[0].due_at == datetime(2099, 7, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"due_at": "tomorrow"}, "Due date: it needs a date and a time"),
        ({"due_at": "2099-03-29T02:30"}, "Due date: 02:30:00 is skipped in Europe/Berlin"),
        ({"late_until": "9999-12-31T23:59"}, "Late work until: the year must lie"),
        ({"extra_attempts": "-1"}, "More submissions: it needs a whole number"),
        ({"extra_attempts": "1" * 40}, "More submissions: it needs a whole number"),
        ({"due_at": "2099-01-01T12:00", "zone": "Middle/Earth"}, "names no time zone"),
        ({"due_at": "2099-01-01T12:00", "person": "nobody"}, "There is nobody named nobody in this course."),
        ({"due_at": "2099-01-01T12:00", "group": "none"}, "either to a person or to a group"),
        ({"due_at": "2099-01-01T12:00", "assignment": "none"}, "There is no such assignment"),
        ({"due_at": "2099-01-01T12:00", "reason": "  "}, "Say why"),
        ({}, "Say what is given"),
    ],
)
def test_a_form_that_can_not_be_kept_keeps_what_was_typed(dated: Dated, typed: dict[str, str], says: str) -> None:
    """And says above it what to mend; nothing is stored."""
    browser = dated.service.browser(dated.teacher)
    form = dated.form(**{"reason": "Kept as typed", **typed})
    answer = browser.post(dated.page, data=form, headers=SAME_ORIGIN)
    assert answer.status_code in {404, 422}
    assert says in words(answer.text)
    assert form["reason"].strip() in answer.text
    assert f'value="{form["person"]}"' in answer.text
    assert dated.listed() == []


def test_what_lateness_took_comes_back_and_is_told(dated: Dated) -> None:
    """To the instructor on the page, to the learner as a notice and with the result."""
    body = {**hand_in(), "accept_penalty_percent": 20}
    answer = dated.service.api(dated.learner).post(submissions_path("first", dated.course), json=body)
    late = Submission.model_validate(answer.json())
    dated.service.grade(late, outcome({"visible": (2, 2), "hidden": (3, 3)}))
    browser = dated.service.browser(dated.teacher)
    sent = browser.post(dated.page, data=dated.form(waives_penalty="true"), headers=SAME_ORIGIN)
    page = words(browser.get(sent.headers["location"].removeprefix(PREFIX)).text)
    assert "1 late submission costs less now." in page
    assert "nothing taken off for being late" in page
    assert "1 late submission came to cost less by it" in words(browser.get(dated.page).text)
    assert dated.give(person=dated.learner, due_at=(NOW + DAY).isoformat()).lowered == 0
    told, in_time = dated.service.api(dated.learner).get("api/notifications").json()["items"][-2:]
    assert "is no longer late: it has a later due date." in in_time["payload"]["message"]
    assert told["kind"] == "submission.penalty-lowered"
    assert told["payload"]["message"] == (
        "Your late submission to First costs less now: nothing is taken off. 5 of 5 points count."
    )
    assert "Ill" not in str(told)
    shown = words(dated.service.browser(dated.learner).get(f"submissions/{late.id}").text)
    assert "It cost 20 % when it was handed in." in shown
    assert "nothing is taken off now" in shown
    assert "as it was late" not in shown
