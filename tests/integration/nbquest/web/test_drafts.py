"""Drafts over HTTP: each learner's own, and told of on the stream when they are handed in."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from nbquest.db.engine import session_scope
from nbquest.files.store import digest_of
from nbquest.submissions.tasks import run_drafts
from tests.factories.courses import squares_submission
from tests.integration.nbquest.web.running import RunningService, error_of, fresh_name

DRAFT = "api/courses/squares/assignments/second/draft"
CONTENT = squares_submission("# saved")
DIGESTS = {"squares.ipynb": digest_of(CONTENT)}


@pytest.fixture
def due(service: RunningService) -> Iterator[RunningService]:
    """The service; its second assignment is due in an hour."""
    _set_due(service, "now() + interval '1 hour'")
    yield service
    _set_due(service, "NULL")
    with session_scope(service.engine) as session:
        # No worker runs here, and the queue tells only those near its front that it moves.
        session.execute(text("DELETE FROM procrastinate_jobs WHERE status = 'todo'"))


def _set_due(service: RunningService, when: str) -> None:
    with session_scope(service.engine) as session:
        session.execute(text(f"UPDATE assignments SET due_at = {when} WHERE slug = 'second'"))


def _notebooks(content: bytes = CONTENT) -> list[dict[str, str]]:
    return [{"path": "squares.ipynb", "content_base64": base64.b64encode(content).decode()}]


def test_from_the_wish_to_the_notice(due: RunningService) -> None:
    client = due.api(name := fresh_name())
    assert client.get(DRAFT).json()["wanted"] is False
    error_of(client.put(DRAFT, json={"digests": DIGESTS}), 409)
    wished = client.post(DRAFT).json()
    assert (wished["wanted"], wished["saved_at"], wished["missing"]) == (True, None, [])
    assert 0 < wished["seconds_left"] <= 3600
    assert client.put(DRAFT, json={"digests": DIGESTS}).json()["missing"] == ["squares.ipynb"]
    kept = client.put(DRAFT, json={"digests": DIGESTS, "notebooks": _notebooks()}).json()
    assert kept["missing"] == []
    assert kept["saved_at"] is not None
    (course,) = (each for each in client.get("api/courses").json()["items"] if each["course"]["slug"] == "squares")
    (work,) = (each for each in course["assignments"] if each["assignment"]["slug"] == "second")
    assert work["draft"] == {name: kept[name] for name in ("wanted", "saved_at", "hands_in_at")}
    assert run_drafts(due.engine, due.blobs) == 0
    with session_scope(due.engine) as session:
        session.execute(text("UPDATE drafts SET saved_at = saved_at - interval '1 hour'"))
    _set_due(due, "now() - interval '1 minute'")
    assert run_drafts(due.engine, due.blobs) == 1
    (submission,) = client.get("api/submissions").json()["items"]
    assert (submission["person"], submission["late"], submission["state"]) == (name, False, "queued")
    (notice,) = client.get("api/notifications").json()["items"]
    assert (notice["kind"], notice["payload"]["submission_id"]) == ("submission.handed-in", submission["id"])
    assert error_of(client.put(DRAFT, json={"digests": DIGESTS}), 409)["code"] == "draft-too-late"
    assert client.delete(DRAFT).json()["wanted"] is False


def test_a_draft_is_its_learners_alone(due: RunningService) -> None:
    """Nobody has a way to somebody else's: the address names none, and a token is one person's."""
    mine, theirs = due.api(fresh_name()), due.api(fresh_name())
    mine.post(DRAFT)
    mine.put(DRAFT, json={"digests": DIGESTS, "notebooks": _notebooks()})
    theirs.post(DRAFT)
    # That the site has the content does not make it theirs: whoever can't send it, hasn't got it.
    assert theirs.put(DRAFT, json={"digests": DIGESTS}).json()["missing"] == ["squares.ipynb"]
    assert theirs.get(DRAFT).json()["saved_at"] is None
    theirs.delete(DRAFT)
    assert mine.get(DRAFT).json()["saved_at"] is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"digests": {}},
        {"digests": {"squares.ipynb": "0" * 63}},
        {"digests": {"squares.ipynb": "g" * 64}},
        {"digests": {"": "0" * 64}},
        {"digests": DIGESTS, "notebooks": [{"path": "squares.ipynb", "content_base64": "no base64"}]},
        {"digests": {"../squares.ipynb": "0" * 64}},
        {"digests": DIGESTS, "notebooks": _notebooks(b"something else")},
    ],
)
def test_what_can_not_be_taken_is_refused(due: RunningService, body: dict[str, object]) -> None:
    client = due.api(fresh_name())
    client.post(DRAFT)
    error_of(client.put(DRAFT, json=body), 422)
    assert client.get(DRAFT).json()["saved_at"] is None
