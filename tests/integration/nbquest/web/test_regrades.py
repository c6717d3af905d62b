"""Regrades by HTTP and on pages: for instructors alone, from the dry run to what learners read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from nbquest.db.engine import session_scope
from nbquest.identity import api as identity
from nbquest.submissions import api as submissions
from tests.factories.regrades import Cells, publish_version, submit_graded, try_all
from tests.integration.nbquest.web.running import PREFIX, RunningService, error_of, fresh_name

FULL: Cells = {"visible": (2, 2), "hidden": (3, 3)}
HALF: Cells = {"visible": (2, 2), "hidden": (0, 3)}
HOSTILE = "<script>document.title = 'taken'</script> & so on"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Mended:
    """A course whose one assignment has a second version, and what two learners had handed in before."""

    service: RunningService
    course: str
    winner: str
    loser: str
    won: UUID
    lost: UUID
    folder: Path

    def publish(self) -> None:
        """Publish another version."""
        with session_scope(self.service.engine) as session:
            publish_version(session, self.service.blobs, self.folder, course=self.course)

    def start(self, reason: str = "A test was wrong.") -> int:
        """Begin a regrade of all by the API."""
        answer = self.service.api("teacher").post(self.path("assignments/first/regrades"), json={"reason": reason})
        assert answer.status_code == 202, answer.text
        return int(answer.json()["id"])

    def grade(self, regrade: int) -> None:
        """Let its trials be graded: one learner gains, the other loses."""
        with session_scope(self.service.engine) as session:
            try_all(session, regrade, {self.won: FULL, self.lost: HALF})

    def path(self, *parts: object) -> str:
        """Return an address of the API below the course."""
        return "/".join(["api/courses", self.course, *map(str, parts)])

    def page(self, *parts: object) -> str:
        """Return an address of the instructors' pages."""
        return "/".join(["instruct", self.course, "regrades", *map(str, parts)])


@pytest.fixture
def mended(service: RunningService, tmp_path: Path) -> Mended:
    course, winner, loser = fresh_name("course"), fresh_name("winner"), fresh_name("loser")
    with session_scope(service.engine) as session:
        publish_version(session, service.blobs, tmp_path, course=course)
        won = submit_graded(session, service.blobs, winner, HALF, course=course).id
        lost = submit_graded(session, service.blobs, loser, FULL, course=course).id
        identity.set_course_role(session, "helper", course, "mentor")
        publish_version(session, service.blobs, tmp_path, course=course)
    return Mended(service, course, winner, loser, won, lost, tmp_path)


def words(page: str) -> str:
    """Return what a reader sees of a page."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    return text.replace("&#39;", "'").replace(" .", ".").replace(" ,", ",")


def test_by_the_api_from_begin_to_end(mended: Mended) -> None:
    """Begun, looked at, applied, and applied again without any effect."""
    teacher = mended.service.api("teacher")
    number = mended.start()
    listed = teacher.get(mended.path("regrades")).json()
    assert [one["id"] for one in listed["items"]] == [number]
    assert listed["items"][0]["state"] == "running"
    error = error_of(teacher.post(mended.path("regrades", number, "apply"), json={}), 409)
    assert error["code"] == "regrade-running"
    error = error_of(teacher.post(mended.path("assignments/first/regrades"), json={"reason": "x"}), 409)
    assert (error["code"], error["details"]) == ("regrade-open", {"regrade": number})
    mended.grade(number)
    report = teacher.get(mended.path("regrades", number)).json()
    assert [(one["person"], one["effect"]) for one in report["items"]] == [
        (mended.loser, "loses"),
        (mended.winner, "gains"),
    ]
    assert (report["items"][0]["counted_before"], report["items"][0]["counted_after"]) == (5.0, 2.0)
    spared = teacher.get(mended.path("regrades", number), params={"only_gains": True}).json()
    assert spared["summary"]["people_lose"] == 0
    for _ in range(2):
        applied = teacher.post(mended.path("regrades", number, "apply"), json={"only_gains": False}).json()
        assert (applied["state"], applied["ended_by"]) == ("applied", "teacher")
    assert error_of(teacher.post(mended.path("regrades", number, "drop")), 409)["code"] == "regrade-ended"
    learner = mended.service.api(mended.loser)
    history = learner.get(f"api/submissions/{mended.lost}").json()["history"]
    assert [(one["version"], one["score"], one["reason"]) for one in history] == [
        (1, 5.0, None),
        (2, 2.0, "A test was wrong."),
    ]
    told = learner.get("api/notifications").json()["items"][-1]
    assert (told["kind"], told["payload"]["xp_change"]) == ("submission.regraded", -50)
    assert learner.get("api/submissions").json()["items"][0]["history"] == []


def test_what_is_asked_wrongly_is_said(mended: Mended) -> None:
    teacher = mended.service.api("teacher")
    start = mended.path("assignments/first/regrades")
    for body in ({}, {"reason": ""}, {"reason": "x", "attempts": "some"}):
        assert error_of(teacher.post(start, json=body), 422)["code"] == "invalid-input"
    assert error_of(teacher.post(start, json={"reason": "a\0b"}), 422)["code"] == "invalid-regrade"
    missing = mended.path("assignments/none/regrades")
    assert error_of(teacher.post(missing, json={"reason": "x"}), 404)["code"] == "assignment-not-found"
    for number in (10**6, 2**62):
        assert error_of(teacher.get(mended.path("regrades", number)), 404)["code"] == "regrade-not-found"
    error_of(teacher.get(mended.path("regrades", 2**70)), 422)
    assert error_of(teacher.get(mended.path("regrades"), params={"cursor": "x"}), 422)["code"] == "invalid-cursor"
    number = mended.start()
    other = f"api/courses/squares/regrades/{number}"
    for answer in (teacher.get(other), teacher.post(f"{other}/apply", json={}), teacher.post(f"{other}/drop")):
        assert error_of(answer, 404)["code"] == "regrade-not-found"


def test_regrades_are_the_instructors(mended: Mended) -> None:
    """Learners and mentors are refused, on every route; an administrator may."""
    number = mended.start()
    one = mended.path("regrades", number)
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", mended.path("regrades"), {}),
        ("POST", mended.path("assignments/first/regrades"), {"json": {"reason": "mine"}}),
        ("GET", one, {}),
        ("POST", f"{one}/apply", {"json": {"only_gains": True}}),
        ("POST", f"{one}/drop", {}),
        ("GET", mended.page(), {}),
        ("POST", mended.page(), {"data": {"assignment": "first", "reason": "mine"}}),
        ("GET", mended.page(number), {}),
        ("POST", mended.page(number, "apply"), {}),
        ("POST", mended.page(number, "drop"), {}),
    ]
    for client in (mended.service.api(mended.winner), mended.service.api("helper"), mended.service.api(fresh_name())):
        for method, path, more in asked:
            assert error_of(client.request(method, path, **more), 403)["code"] == "not-allowed"
    root = mended.service.api(fresh_name("root"), admin=True)
    assert root.get(one).json()["regrade"]["state"] == "running"
    assert root.post(f"{one}/drop").json()["state"] == "dropped"


def test_a_form_of_another_site_changes_nothing(mended: Mended) -> None:
    """The cookie alone is not enough: the browser has to say that the form is ours."""
    number = mended.start()
    browser = mended.service.browser("teacher")
    for path in (mended.page(), mended.page(number, "apply"), mended.page(number, "drop")):
        for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            assert browser.post(path, headers=headers, data={"reason": "x"}).status_code == 403
    with session_scope(mended.service.engine) as session:
        assert submissions.get_regrade(session, mended.course, number).state == "running"


def _post(browser: httpx.Client, path: str, data: dict[str, str] | None = None) -> str:
    """Send a form as a browser does; return the page that it leads to."""
    answer = browser.post(path, headers=SAME_ORIGIN, data=data or {})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(PREFIX)
    page = browser.get(answer.headers["location"].removeprefix(PREFIX))
    assert page.status_code == 200
    return page.text


def test_on_the_pages_from_begin_to_end(mended: Mended) -> None:
    """The form, the count, those who lose first, each cell, and the decision."""
    browser = mended.service.browser("teacher")
    assert f'href="{PREFIX}{mended.page()}"' in browser.get(f"courses/{mended.course}").text
    assert "No regrades yet" in browser.get(mended.page()).text
    page = _post(browser, mended.page(), {"assignment": "first", "attempts": "all", "reason": HOSTILE})
    assert "data-refresh" in page
    assert "0 of 2 submissions are graded. Nothing is changed meanwhile." in words(page)
    assert "<script>document" not in page
    assert "so on" in page
    assert "Apply it" not in page
    with session_scope(mended.service.engine) as session:
        number = submissions.list_regrades(session, mended.course).items[0].id
    mended.grade(number)
    page = browser.get(mended.page(number)).text
    assert "data-refresh" not in page
    said = words(page)
    assert "1 person loses 1 gains 0 stay as they are" in said
    assert said.index(mended.loser) < said.index(mended.winner)
    assert "hidden Passed, 3 / 3 Not yet, 0 / 3" in said
    spared = words(browser.get(mended.page(number), params={"only_gains": "true"}).text)
    assert "0 people lose 1 gains 1 stays as they are" in spared
    assert "Keeps its grade" in spared
    page = _post(browser, mended.page(number, "apply"), {"only_gains": "true"})
    said = words(page)
    assert "Applied on" in said
    assert "Keeps its grade" in said
    assert "Drop it" not in said
    assert words(_post(browser, mended.page(number, "apply"))) == said
    assert words(_post(browser, mended.page(number, "drop"))) == said
    assert "Applied" in browser.get(mended.page()).text
    winner = words(mended.service.browser(mended.winner).get(f"submissions/{mended.won}").text)
    assert "2 of 5 points before, 5 of 5 now. Why:" in winner
    assert "Grades of this submission" in winner
    loser = words(mended.service.browser(mended.loser).get(f"submissions/{mended.lost}").text)
    assert "Graded again" not in loser
    assert "5 of 5 points" in loser


def test_what_prevents_a_regrade_is_said_on_its_page(mended: Mended) -> None:
    """An open one, nothing to do, no reason; a version that came meanwhile; and the form keeps what was typed."""
    browser = mended.service.browser("teacher")
    number = mended.start()
    answer = browser.post(mended.page(), headers=SAME_ORIGIN, data={"assignment": "first", "reason": "so there"})
    assert answer.status_code == 409
    assert "is open already" in answer.text
    assert f"Go to regrade {number}" in answer.text
    assert "so there</textarea>" in answer.text
    for data, status in (({"assignment": "first"}, 422), ({"assignment": "none", "reason": "x"}, 404)):
        assert browser.post(mended.page(), headers=SAME_ORIGIN, data=data).status_code == status
    assert "graded. Nothing is changed" in words(_post(browser, mended.page(number, "apply")))
    mended.publish()
    page = words(_post(browser, mended.page(number, "apply")))
    assert "A newer version was published" in page
    assert "Apply it" not in page
    page = words(_post(browser, mended.page(number, "drop")))
    assert "Dropped on" in page
    assert "Nothing was changed." in page
