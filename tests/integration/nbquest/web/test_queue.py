"""The queue by HTTP and on its page: for administrators; what could not be graded also for the course's instructors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select, text

from grader.grading import GraderOptions
from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.db.engine import session_scope
from nbquest.identity import api as identity
from nbquest.jobs.app import defer
from nbquest.jobs.models import WorkerRow
from nbquest.jobs.queue import remove_jobs
from nbquest.jobs.workers import tell_worker
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from nbquest.submissions.views import Submission
from tests.factories.courses import squares_source, write_course
from tests.integration.nbquest.web.running import (
    PREFIX,
    RunningService,
    error_of,
    fresh_name,
    hand_in,
    submissions_path,
)

HOSTILE = "<script>document.title = 'taken'</script>"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Site:
    """A course of its own with an instructor, a mentor, a learner, and a neighbouring course with its instructor."""

    service: RunningService
    course: str
    teacher: str
    mentor: str
    learner: str
    neighbour: str

    def submit(self) -> UUID:
        """Hand in as the learner."""
        answer = self.service.api(self.learner).post(submissions_path("first", self.course), json=hand_in())
        assert answer.status_code == 202, answer.text
        return Submission.model_validate(answer.json()).id

    def set_aside(self, reason: str = "The sandbox did not start.") -> UUID:
        """Hand in something that could not be graded."""
        submission = self.submit()
        with session_scope(self.service.engine) as session:
            query = select(AttemptRow.id).where(AttemptRow.submission_id == submission)
            submissions.record_failure(session, session.scalars(query).one(), reason)
        return submission

    def state(self, submission: UUID) -> str:
        """Return its state."""
        with session_scope(self.service.engine) as session:
            return submissions.get_submission(session, submission).state

    def admin(self) -> httpx.Client:
        """Return a client of an administrator's."""
        return self.service.api(fresh_name("root"), admin=True)


@pytest.fixture
def site(service: RunningService, tmp_path: Path) -> Iterator[Site]:
    names = [fresh_name(stem) for stem in ("course", "teacher", "mentor", "learner", "neighbour")]
    course, teacher, mentor, learner, neighbour = names
    manifest = 'title = "Held"\nenrolment = "closed"\n[[assignments]]\nslug = "first"\n'
    with session_scope(service.engine) as session:
        for slug, who in ((course, teacher), (fresh_name("other"), neighbour)):
            path = write_course(tmp_path / slug, {"first/squares.ipynb": squares_source()}, manifest)
            courses.publish_course(session, service.blobs, path, publisher=who, grader_options=GraderOptions())
        identity.set_course_role(session, mentor, course, "mentor")
        identity.set_course_role(session, learner, course, "learner")
    yield Site(service, *names)
    # Nobody grades here, and what these tests leave waiting would stand before what others watch.
    with session_scope(service.engine) as session:
        session.execute(text("DELETE FROM procrastinate_jobs WHERE status = 'todo'"))


@pytest.fixture
def worker(service: RunningService) -> Iterator[str]:
    """A worker that tells of itself, by its host."""
    number, now = uuid4(), utc_now()
    with session_scope(service.engine) as session:
        tell_worker(session, number, slots=3, queues=["grading", "grading-0123456789abcdef"], started_at=now)
        host = session.scalars(select(WorkerRow.host).where(WorkerRow.id == number)).one()
    yield host
    with session_scope(service.engine) as session:
        session.delete(session.get_one(WorkerRow, number))


def words(page: str) -> str:
    """Return what a reader sees of a page."""
    seen = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    return seen.replace("&#39;", "'").replace(" .", ".").replace(" ,", ",")


def test_the_overview_says_who_works_and_what_was_set_aside(site: Site, worker: str) -> None:
    held = site.set_aside("It ran out of memory, four times.")
    found = site.admin().get("api/queue").json()
    assert (found["workers"][-1]["host"], found["workers"][-1]["slots"]) == (worker, 3)
    base = next(lane for lane in found["lanes"] if lane["queue"] == "grading")
    assert (base["environment"], base["workers"], base["slots"]) == (None, 1, 3)
    assert base["waiting"] >= 1
    mine = next(one for one in found["set_aside"] if one["submission"] == str(held))
    assert (mine["person"], mine["course"], mine["assignment"], mine["number"]) == (
        site.learner,
        site.course,
        "first",
        1,
    )
    assert mine["message"] == "It ran out of memory, four times."


def test_grading_again_one_or_all(site: Site) -> None:
    """By administrators of the whole site, by instructors of their course alone."""
    first, second, third = (site.set_aside() for _ in range(3))
    teacher, root = site.service.api(site.teacher), site.admin()
    one = teacher.post(f"api/courses/{site.course}/set-aside/retry", json={"submissions": [str(first)]})
    assert (one.json(), site.state(first), site.state(second)) == ({"count": 1}, "queued", "could-not-grade")
    listed = teacher.get(f"api/courses/{site.course}/set-aside").json()
    assert [item["submission"] for item in listed["set_aside"]] == [str(third), str(second)]
    assert listed["set_aside_count"] == 2
    assert root.post("api/queue/retry", json={"submissions": [str(second)]}).json() == {"count": 1}
    everything = teacher.post(f"api/courses/{site.course}/set-aside/retry", json={"everything": True})
    assert (everything.json(), site.state(third)) == ({"count": 1}, "queued")
    fourth = site.set_aside()
    assert root.post("api/queue/retry", json={"everything": True}).json()["count"] >= 1
    assert site.state(fourth) == "queued"


def test_asking_for_nothing_or_for_both_is_refused(site: Site) -> None:
    held = site.set_aside()
    for client, path in (
        (site.admin(), "api/queue/retry"),
        (site.service.api(site.teacher), f"api/courses/{site.course}/set-aside/retry"),
    ):
        for body in ({}, {"submissions": []}, {"submissions": [str(held)], "everything": True}):
            assert error_of(client.post(path, json=body), 422)["code"] == "invalid-input"
        missing = client.post(path, json={"submissions": [str(uuid4())]})
        assert error_of(missing, 404)["code"] == "submission-not-found"
    assert site.state(held) == "could-not-grade"


def test_an_instructor_reaches_no_other_course(site: Site) -> None:
    """What is named there looks as if it weren't, by the API and by the form."""
    held = site.set_aside()
    neighbour = site.service.api(site.neighbour)
    other = next(
        item["course"]["slug"] for item in neighbour.get("api/courses").json()["items"] if item["role"] == "instructor"
    )
    answer = neighbour.post(f"api/courses/{other}/set-aside/retry", json={"submissions": [str(held)]})
    assert error_of(answer, 404)["code"] == "submission-not-found"
    assert neighbour.get(f"api/courses/{other}/set-aside").json() == {"set_aside": [], "set_aside_count": 0}
    assert neighbour.post(f"api/courses/{other}/set-aside/retry", json={"everything": True}).json() == {"count": 0}
    form = neighbour.post(f"instruct/{other}/retry", data={"submission": str(held)})
    assert form.headers["location"].endswith(f"/instruct/{other}?again=0")
    assert site.state(held) == "could-not-grade"


def test_the_queue_is_the_administrators(site: Site) -> None:
    """And a course's is its instructors'; whoever has no role in it can't tell that it is there."""
    held = site.set_aside()
    body: dict[str, Any] = {"json": {"everything": True}}
    form: dict[str, Any] = {"data": {"submission": str(held)}}
    whole = [
        ("GET", "api/queue", {}),
        ("POST", "api/queue/retry", body),
        ("GET", "operate/queue", {}),
        ("POST", "operate/queue/retry", form),
    ]
    of_course = [
        ("GET", f"api/courses/{site.course}/set-aside", {}),
        ("POST", f"api/courses/{site.course}/set-aside/retry", body),
        ("POST", f"instruct/{site.course}/retry", form),
    ]
    for name in (site.learner, site.mentor, site.teacher, site.neighbour):
        for method, path, sent in whole:
            assert error_of(site.service.api(name).request(method, path, **sent), 403)["code"] == "not-allowed", path
    for name, status in ((site.learner, 403), (site.mentor, 403), (site.neighbour, 404)):
        for method, path, sent in of_course:
            error_of(site.service.api(name).request(method, path, **sent), status)
    assert site.state(held) == "could-not-grade"
    root = site.admin()
    for method, path, sent in [*whole, *of_course]:
        assert root.request(method, path, **sent).status_code in {200, 303}, path


def test_a_form_from_elsewhere_is_refused(site: Site) -> None:
    held = site.set_aside()
    root = site.service.browser(fresh_name("root"), admin=True)
    teacher = site.service.browser(site.teacher)
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        for client, path in ((root, "operate/queue/retry"), (teacher, f"instruct/{site.course}/retry")):
            answer = client.post(path, data={"submission": str(held)}, headers={**headers, "Accept": "*/*"})
            assert error_of(answer, 403)["code"] == "foreign-origin"
    assert site.state(held) == "could-not-grade"


def test_the_page_leads_from_a_problem_to_its_end(site: Site, worker: str) -> None:
    """Reasons as they were written, and nothing that they bring runs; then the button, and what it did, once."""
    held, other = site.set_aside(HOSTILE), site.set_aside()
    root = site.service.browser(fresh_name("root"), admin=True)
    page = root.get("operate/queue").text
    assert HOSTILE not in page
    assert "&lt;script&gt;document.title" in page
    assert worker in words(page)
    assert re.search(r"\d+ submissions could not be graded\. See why", words(page))
    assert 'href="/services/nbquest/operate/queue" aria-current="page"' in root.get("operate/queue").text
    sent = root.post("operate/queue/retry", data={"submission": str(held)}, headers=SAME_ORIGIN)
    assert (sent.status_code, sent.headers["location"]) == (303, "/services/nbquest/operate/queue?again=1")
    assert "1 submission put back into the queue." in words(root.get("operate/queue?again=1").text)
    assert (site.state(held), site.state(other)) == ("queued", "could-not-grade")
    again = root.post("operate/queue/retry", data={"submission": str(held)}, headers=SAME_ORIGIN)
    assert again.headers["location"].endswith("?again=0")
    assert "Nothing was left to grade again" in words(root.get("operate/queue?again=0").text)
    root.post("operate/queue/retry", data={"everything": "true"}, headers=SAME_ORIGIN)
    assert site.state(other) == "queued"
    assert "Nothing is set aside" in words(root.get("operate/queue").text)
    error_of(root.post("operate/queue/retry", headers={**SAME_ORIGIN, "Accept": "*/*"}), 422)
    assert "operate/queue" not in site.service.browser(site.teacher).get("").text


def test_what_nobody_grades_is_called_out(site: Site) -> None:
    """With what to do: for no worker at all, for packages that none has, and for a worker that was lost."""
    root = site.service.browser(fresh_name("root"), admin=True)
    site.submit()
    assert "No worker runs, so nothing is graded." in words(root.get("operate/queue").text)
    number, now = uuid4(), utc_now()
    with session_scope(site.service.engine) as session:
        tell_worker(session, number, slots=1, queues=["grading"], started_at=now)
        job = defer(session, "submissions.grade", queue="grading-feedfacefeedface", attempt_id=0)
    page = words(root.get("operate/queue").text)
    assert "No worker has the packages feedfacefeedface, which 1 job needs." in page
    assert "nbquest environments build" in page
    with session_scope(site.service.engine) as session:
        session.get_one(WorkerRow, number).queues = ["grading-feedfacefeedface"]
    page = words(root.get("operate/queue").text)
    assert "No worker takes courses without packages of their own" in page
    assert "No worker has the packages" not in page
    with session_scope(site.service.engine) as session:
        session.get_one(WorkerRow, number).seen_at = now - timedelta(minutes=2)
    page = words(root.get("operate/queue").text)
    assert re.search(r"The worker \S+ \d+ is lost\. Others take over", page)
    assert "No worker runs" in page
    with session_scope(site.service.engine) as session:
        session.delete(session.get_one(WorkerRow, number))
        remove_jobs(session, [job])


def test_instructors_find_it_with_their_submissions(site: Site) -> None:
    """Mentors do not; afterwards it waits as any other."""
    held = site.set_aside("The grader went away.")
    teacher = site.service.browser(site.teacher)
    page = teacher.get(f"instruct/{site.course}").text
    assert "The grader went away." in page
    assert f'action="/services/nbquest/instruct/{site.course}/retry"' in page
    assert "/retry" not in site.service.browser(site.mentor).get(f"instruct/{site.course}").text
    sent = teacher.post(f"instruct/{site.course}/retry", data={"submission": str(held)}, headers=SAME_ORIGIN)
    page = teacher.get(sent.headers["location"].removeprefix(PREFIX)).text
    assert "1 submission put back into the queue." in words(page)
    assert "The grader went away." not in page
    assert "data-refresh" in page
