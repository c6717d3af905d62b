"""What an assignment's policy does not allow, through HTTP: status, the error's shape, and that nothing is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy
from sqlalchemy import text

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.db import migrate
from nbquest.db.engine import session_scope
from nbquest.files.errors import BlobNotFound
from nbquest.files.store import MemoryBlobStore
from tests.factories.courses import squares_source, squares_submission, write_course
from tests.integration.nbquest.web.running import (
    RunningService,
    error_of,
    fresh_name,
    hand_in,
    running_service,
    submissions_path,
)

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
ENTRIES = {
    "soon": f"opens = {(NOW + DAY).isoformat()}",
    "over": f'due = {(NOW - DAY).isoformat()}\npolicy = {{ late_until = "1 hour" }}',
    "once": "policy = { attempts = 1 }",
    "exam": 'exam = "1 hour"',
    "paced": 'policy = { cool_down = "10 minutes" }',
    "late": f'due = {(NOW - 2 * DAY).isoformat()}\npolicy = {{ penalties = [{{ after = "1 day", percent = 12.5 }}] }}',
    "closing": f'due = {(NOW + DAY).isoformat()}\npolicy = {{ late_until = "0 days" }}',
}
DETAILS = {"due_at", "closes_at", "attempts_left", "next_allowed_at"}


@pytest.fixture(scope="module")
def service(
    empty_database_factory: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningService]:
    """A service of its own, whose one course has an assignment for every policy."""
    url = empty_database_factory()
    migrate.upgrade(url)
    engine = sqlalchemy.create_engine(url)
    blobs = MemoryBlobStore()
    manifest = "title = 'Squares'\n" + "".join(
        f'[[assignments]]\nslug = "{slug}"\n{keys}\n' for slug, keys in ENTRIES.items()
    )
    files = {f"{slug}/squares.ipynb": squares_source() for slug in ENTRIES}
    folder = write_course(tmp_path_factory.mktemp("course") / "squares", files, manifest)
    with session_scope(engine) as session:
        courses.publish_course(session, blobs, folder, publisher="teacher", grader_options=GraderOptions())
    with running_service(engine, blobs) as running:
        yield running
    engine.dispose()


def stored(service: RunningService) -> list[int]:
    """Return how many rows there are of what a submission leaves behind."""
    tables = ("submissions", "submission_files", "attempts", "procrastinate_jobs")
    with session_scope(service.engine) as session:
        return [session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]


def refused(service: RunningService, learner: httpx.Client, slug: str, status: int, **more: Any) -> Mapping[str, Any]:
    """Hand in what is refused; return the error, once it is sure that nothing was stored."""
    before = stored(service)
    content = squares_submission(f"# {uuid4()}")
    error = error_of(learner.post(submissions_path(slug), json={**hand_in(content), **more}), status)
    assert stored(service) == before
    with pytest.raises(BlobNotFound):
        service.blobs.get(hashlib.sha256(content).hexdigest())
    return error


def standing(learner: httpx.Client, slug: str) -> dict[str, Any]:
    """Return how the learner may hand in, as the overview tells it."""
    (course,) = learner.get("api/courses").json()["items"]
    found: dict[str, Any] = next(
        work["standing"] for work in course["assignments"] if work["assignment"]["slug"] == slug
    )
    return found


@pytest.mark.parametrize(
    ("slug", "code", "says"),
    [
        ("soon", "not-open-yet", "It opens on"),
        ("over", "assignment-closed", "ask your instructor"),
        ("exam", "not-fetched", "fetch the assignment first"),
        ("late", "late-not-accepted", "12.5 % of its points"),
    ],
)
def test_what_the_policy_does_not_allow_is_refused(service: RunningService, slug: str, code: str, says: str) -> None:
    """409, with words that say what to do; the overview told the same before."""
    learner = service.api(fresh_name())
    told = standing(learner, slug)["reason"]
    error = refused(service, learner, slug, 409)
    assert error["code"] == code
    assert says in error["message"]
    assert error["message"].startswith(told)
    assert set(error["details"]) >= DETAILS
    assert learner.get("api/submissions").json()["items"] == []


def test_the_last_attempt_is_the_last(service: RunningService) -> None:
    """A replay of the one that was taken answers as before; each learner has their own."""
    learner = service.api(fresh_name())
    body = hand_in()
    made = learner.post(submissions_path("once"), json=body)
    assert made.status_code == 202
    error = refused(service, learner, "once", 409)
    assert (error["code"], error["details"]["attempts_left"]) == ("no-attempts-left", 0)
    assert learner.post(submissions_path("once"), json=body).json() == made.json()
    assert standing(learner, "once")["state"] == "no-attempts-left"
    assert service.api(fresh_name()).post(submissions_path("once"), json=hand_in()).status_code == 202


def test_an_exam_begins_with_the_fetch(service: RunningService) -> None:
    """Once it was fetched it is taken."""
    learner = service.api(fresh_name())
    assert standing(learner, "exam")["exam_ends_at"] is None
    assert learner.get("api/courses/squares/assignments/exam/release").status_code == 200
    assert standing(learner, "exam")["exam_ends_at"] is not None
    assert learner.post(submissions_path("exam"), json=hand_in()).status_code == 202


def test_what_is_not_open_yet_is_not_released(service: RunningService) -> None:
    """Nor is anybody's clock started."""
    learner = service.api(fresh_name())
    error = error_of(learner.get("api/courses/squares/assignments/soon/release"), 409)
    assert error["code"] == "not-open-yet"


def test_what_comes_too_soon_is_told_when_to_come_again(service: RunningService) -> None:
    """429, with the moment from which on the next one is taken."""
    learner = service.api(fresh_name())
    made = learner.post(submissions_path("paced"), json=hand_in()).json()
    error = refused(service, learner, "paced", 429)
    assert error["code"] == "cooling-down"
    ready_at = datetime.fromisoformat(error["details"]["next_allowed_at"])
    assert ready_at == datetime.fromisoformat(made["submitted_at"]) + timedelta(minutes=10)
    assert standing(learner, "paced")["state"] == "cooling-down"


def test_late_work_is_taken_for_the_price_that_was_agreed_to(service: RunningService) -> None:
    """Not for less, and not for what is no share of the points."""
    learner = service.api(fresh_name())
    for too_little in (None, 0, 12.4):
        error = refused(service, learner, "late", 409, accept_penalty_percent=too_little)
        assert (error["code"], error["details"]["penalty_percent"]) == ("late-not-accepted", 12.5)
    not_percentages: list[Any] = [-1, 100.5, "much", [12.5], True, {}]
    for wrong in not_percentages:
        error = refused(service, learner, "late", 422, accept_penalty_percent=wrong)
        assert error["code"] == "invalid-input"
        assert "accept_penalty_percent" in str(error["details"])
    answer = learner.post(submissions_path("late"), json={**hand_in(), "accept_penalty_percent": 12.5})
    assert answer.status_code == 202
    assert (answer.json()["late"], answer.json()["penalty_percent"]) == (True, 12.5)


def test_consent_takes_no_closed_gate(service: RunningService) -> None:
    """It is a consent to being late, not a way in."""
    learner = service.api(fresh_name())
    for slug, code in [("soon", "not-open-yet"), ("over", "assignment-closed")]:
        assert refused(service, learner, slug, 409, accept_penalty_percent=100)["code"] == code


def test_a_replay_after_the_deadline_answers_as_before(service: RunningService) -> None:
    """What was taken in time stays taken, however late its answer is asked for again; a new key is refused."""
    learner = service.api(fresh_name())
    body = hand_in()
    made = learner.post(submissions_path("closing"), json=body)
    assert made.status_code == 202
    with session_scope(service.engine) as session:
        session.execute(text("UPDATE assignments SET due_at = now() - interval '1 day' WHERE slug = 'closing'"))
    before = stored(service)
    again = learner.post(submissions_path("closing"), json=body)
    assert (again.status_code, again.json()) == (202, made.json())
    assert stored(service) == before
    assert refused(service, learner, "closing", 409)["code"] == "assignment-closed"
