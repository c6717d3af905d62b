"""What goes wrong is told in one shape, with an id that the log knows, and without our insides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi import APIRouter, Depends
from sqlalchemy import text
from structlog.testing import capture_logs

from nbquest.files.errors import BlobStoreUnavailable
from nbquest.files.store import MemoryBlobStore
from nbquest.services.web import ROUTERS
from nbquest.web.access import PUBLIC, SignedIn
from nbquest.web.site import SessionDep
from tests.integration.nbquest.web.running import (
    PAGE,
    RunningService,
    error_of,
    fresh_name,
    hand_in,
    running_service,
    submissions_path,
)

SECRET = "a-secret-of-the-site"


def _broken_router() -> APIRouter:
    router = APIRouter()

    @router.get("/api/broken", dependencies=[Depends(PUBLIC)])
    @router.get("/broken", dependencies=[Depends(PUBLIC)])
    def break_down() -> None:
        """Fail as a bug would."""
        raise RuntimeError(SECRET)

    @router.get("/api/lost-database")
    def lose_database(caller: SignedIn, session: SessionDep) -> None:
        """Lose the connection in the middle of a request."""
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    @router.get("/api/broken-database")
    def break_database(caller: SignedIn, session: SessionDep) -> None:
        """Fail as a statement would."""
        session.connection().exec_driver_sql(f"SELECT '{SECRET}' FROM nowhere")

    return router


@pytest.fixture(scope="module")
def broken(service: RunningService) -> Iterator[RunningService]:
    """A service some of whose routes fail."""
    with running_service(service.engine, service.blobs, routers=[*ROUTERS, _broken_router()]) as running:
        yield running


@pytest.mark.parametrize("path", ["api/broken", "api/broken-database"])
def test_a_bug_is_told_by_an_id_that_the_log_knows(broken: RunningService, path: str) -> None:
    """500 with an id; the traceback is in the log under that id, not in the answer."""
    client = broken.api(fresh_name())
    with capture_logs() as logs:
        answer = client.get(path)
    error = error_of(answer, 500)
    assert error["code"] == "internal-error"
    assert re.fullmatch(r"[0-9a-f]{8}", error["details"]["id"])
    assert answer.headers["x-request-id"] == error["details"]["id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert SECRET not in answer.text
    assert "RuntimeError" not in answer.text
    assert "SELECT" not in answer.text
    (failed,) = [entry for entry in logs if entry["event"] == "request.failed"]
    assert failed["exc_info"]
    assert failed["path"].endswith(path)


def test_a_lost_database_is_no_bug(broken: RunningService) -> None:
    """503 and when to come back, one line in the log; the next request has a connection again."""
    client = broken.api(fresh_name())
    with capture_logs() as logs:
        answer = client.get("api/lost-database")
    assert error_of(answer, 503)["code"] == "database-unavailable"
    assert int(answer.headers["retry-after"]) > 0
    (lost,) = [entry for entry in logs if entry["event"] == "database.unavailable"]
    assert "exc_info" not in lost
    assert lost["reason"]
    assert client.get("api/courses").status_code == 200


def test_a_person_sees_a_page_with_the_id(broken: RunningService) -> None:
    """In the site's style, under its policy, with a way home."""
    answer = broken.client().get("broken", headers=PAGE)
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    assert broken.client().get("api/health").status_code == 200


def test_each_answer_carries_its_id(service: RunningService) -> None:
    """No two the same; a client can't choose it."""
    client = service.client()
    answers = [client.get("api/health", headers={"X-Request-Id": "mine"}) for _ in range(3)]
    assert len({answer.headers["x-request-id"] for answer in answers} | {"mine"}) == 4


def test_addresses_that_are_none_are_told(service: RunningService) -> None:
    """JSON to programs, a page to people; odd paths and ids are no reason to fail."""
    learner = service.api(fresh_name())
    for path in ("api/none", "none", "api/me/", "api/submissions/none/", "courses/", "%00", "api/%ff"):
        error_of(learner.get(path), 404)
    assert "Nothing here" in learner.get("none", headers=PAGE).text
    for path in ("api/submissions/17", "submissions/17"):
        assert error_of(learner.get(path), 422)["code"] == "invalid-input"
    for path in ("courses/a%00b", "api/courses/a%00b/assignments/first/release", "api/submissions?course=a%00b"):
        error_of(learner.get(path), 404)


def test_a_submission_with_a_null_character_is_no_bug(service: RunningService) -> None:
    """Postgres stores none, so it has to be refused before."""
    learner = service.api(fresh_name())
    assert learner.post(submissions_path(), json=hand_in(path="a\0.ipynb")).status_code == 422
    error_of(learner.post(submissions_path("a%00b"), json=hand_in()), 404)


class _UnreachableStore(MemoryBlobStore):
    """Gives what is there, and can't be written."""

    def __init__(self, blobs: MemoryBlobStore) -> None:
        self._blobs = blobs._blobs

    def put(self, content: bytes) -> str:
        raise BlobStoreUnavailable("the-address-of-the-store does not answer")


def test_a_file_store_that_fails_leaves_no_half_submission(service: RunningService) -> None:
    """503, which says that nothing was kept and not where the store is; the same key is taken later."""
    with running_service(service.engine, _UnreachableStore(service.blobs)) as failing:
        learner = failing.api(name := fresh_name())
        body = hand_in(key=str(uuid4()))
        with capture_logs() as logs:
            error = error_of(learner.post(submissions_path(), json=body), 503)
        assert error["code"] == "blob-store-unavailable"
        assert "Nothing of this was kept" in error["message"]
        assert "the-address" not in str(error)
        assert any(entry["event"] == "request.error" for entry in logs)
        assert learner.get("api/submissions").json()["items"] == []
    answer = service.api(name).post(submissions_path(), json=body)
    assert (answer.status_code, answer.json()["number"]) == (202, 1)
