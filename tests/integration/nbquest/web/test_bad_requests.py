"""What can't be handed in: the right status, the one shape of errors, and nothing of it kept, neither row nor file."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, text, update

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.courses.models import CourseRow
from nbquest.db.base import Base
from nbquest.db.engine import session_scope
from nbquest.files.store import DIGITS, digest_of
from nbquest.identity import api as identity
from tests.factories.courses import squares_source, squares_submission, write_course
from tests.integration.nbquest.web.running import (
    RunningService,
    error_of,
    fresh_name,
    hand_in,
    running_service,
    submissions_path,
)

NAME = "squares.ipynb"
JSON = {"Content-Type": "application/json"}
KEY = str(uuid4())
DRAFT = "api/courses/squares/assignments/first/draft"


def _kept(service: RunningService) -> tuple[dict[str, int], set[str]]:
    """Return how many rows each table has, the queue's too, and which files there are."""
    with session_scope(service.engine) as session:
        rows = {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }
        rows["procrastinate_jobs"] = session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) or 0
    return rows, {blob.sha256 for digit in DIGITS for blob in service.blobs.list_blobs(digit)}


@pytest.fixture
def learner(service: RunningService) -> Iterator[httpx.Client]:
    """Somebody who has been here before, and of whose request nothing is kept."""
    client = service.api(fresh_name())
    assert client.get("api/me").status_code == 200
    before = _kept(service)
    yield client
    assert _kept(service) == before


@pytest.fixture
def small(service: RunningService) -> Iterator[RunningService]:
    """The same site with a limit of one MiB."""
    with running_service(service.engine, service.blobs, max_submission_mb=1) as running:
        yield running


def _zip_bomb() -> bytes:
    return gzip.compress(json.dumps(hand_in(b" " * 2**24)).encode())


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "identity, gzip", "GZIP", "unheard-of"])
def test_a_compressed_body_is_not_unpacked(coding: str, learner: httpx.Client) -> None:
    headers = JSON | {"Content-Encoding": coding}
    for method, path in (("POST", submissions_path()), ("PUT", DRAFT)):
        answer = learner.request(method, path, content=_zip_bomb(), headers=headers)
        assert error_of(answer, 415)["code"] == "body-encoded"


def test_a_body_that_says_that_it_is_not_compressed_is_taken(service: RunningService) -> None:
    body = json.dumps(hand_in()).encode()
    headers = JSON | {"Content-Encoding": "identity"}
    answer = service.api(fresh_name()).post(submissions_path(), content=body, headers=headers)
    assert answer.status_code == 202


BODIES = {
    "empty": b"",
    "no JSON": b"key=1&notebooks=2",
    "cut off": json.dumps(hand_in()).encode()[:-20],
    "compressed": _zip_bomb(),
    "no text": b"\xff\xfe\x00" * 100,
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"notebooks":' * 50_000 + b"1" + b"}" * 50_000,
    "a long number": b'{"key": ' + b"9" * 100_000 + b"}",
    "not a number": json.dumps(hand_in() | {"accept_penalty_percent": float("nan")}).encode(),
    "a list": json.dumps([hand_in()]).encode(),
    "a text": json.dumps("hand in").encode(),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_request_is_told(name: str, learner: httpx.Client) -> None:
    for method, path in (("POST", submissions_path()), ("PUT", DRAFT)):
        answer = learner.request(method, path, content=BODIES[name], headers=JSON)
        assert answer.status_code in (400, 422)
        assert error_of(answer, answer.status_code)["code"] in ("invalid-input", "bad-request")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_of_another_type_is_told(kind: str, learner: httpx.Client) -> None:
    """Also one that a form of another site could send."""
    answer = learner.post(submissions_path(), content=json.dumps(hand_in()).encode(), headers={"Content-Type": kind})
    assert error_of(answer, 422)["code"] == "invalid-input"


def _with(**changes: Any) -> dict[str, Any]:
    return hand_in() | changes


def _notebook(**changes: Any) -> dict[str, Any]:
    return _with(notebooks=[{"path": NAME, "content_base64": "e30="} | changes])


WRONG = {
    "key: number": _with(key=5),
    "key: list": _with(key=[KEY]),
    "key: null": _with(key=None),
    "key: empty": _with(key=""),
    "notebooks: object": _with(notebooks={NAME: "e30="}),
    "notebooks: text": _with(notebooks="e30="),
    "notebooks: null": _with(notebooks=None),
    "notebooks: texts": _with(notebooks=["e30="]),
    "notebooks: too many": _with(notebooks=[{"path": f"{n}.ipynb", "content_base64": "e30="} for n in range(51)]),
    "path: number": _notebook(path=1),
    "path: null": _notebook(path=None),
    "path: list": _notebook(path=[NAME]),
    "content: number": _notebook(content_base64=1),
    "content: null": _notebook(content_base64=None),
    "content: the notebook itself": _notebook(content_base64={"cells": []}),
    "content: missing": _with(notebooks=[{"path": NAME}]),
    "penalty: text": _with(accept_penalty_percent="all"),
    "penalty: below 0": _with(accept_penalty_percent=-1),
    "penalty: above 100": _with(accept_penalty_percent=101),
    "penalty: infinite": _with(accept_penalty_percent="Infinity"),
    "base64: garbage": _notebook(content_base64="!!!!"),
    "base64: cut off": _notebook(content_base64="e30"),
    "base64: padded in the middle": _notebook(content_base64="e30=e30="),
    "base64: white space": _notebook(content_base64="e3\n0="),
    "base64: for addresses": _notebook(content_base64="_-8="),
    "base64: other letters": _notebook(content_base64="е30="),
    "base64: an address": _notebook(content_base64="data:application/json;base64,e30="),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_of_another_kind_is_told(name: str, learner: httpx.Client) -> None:
    error = error_of(learner.post(submissions_path(), json=WRONG[name]), 422)
    assert error["code"] == "invalid-input"
    assert len(json.dumps(error)) < 10_000  # which is not what was sent, sent back


DIGEST = digest_of(b"{}")
WRONG_DRAFTS: dict[str, dict[str, Any]] = {
    "digests: list": {"digests": [DIGEST]},
    "digests: none": {"digests": {}},
    "digests: too many": {"digests": {f"{n}.ipynb": DIGEST for n in range(51)}},
    "digest: upper case": {"digests": {NAME: DIGEST.upper()}},
    "digest: short": {"digests": {NAME: DIGEST[:-1]}},
    "digest: of the store's folders": {"digests": {NAME: "../" * 21 + "x"}},
    "digest: line at its end": {"digests": {NAME: f"{DIGEST}\n"}},
    "digest: null": {"digests": {NAME: None}},
    "name: empty": {"digests": {"": DIGEST}},
    "name: long": {"digests": {"a" * 256: DIGEST}},
    "notebooks: text": {"digests": {NAME: DIGEST}, "notebooks": "e30="},
    "base64": {"digests": {NAME: DIGEST}, "notebooks": [{"path": NAME, "content_base64": "!"}]},
}


@pytest.mark.parametrize("name", WRONG_DRAFTS)
def test_a_draft_of_another_kind_is_told(name: str, learner: httpx.Client) -> None:
    assert error_of(learner.put(DRAFT, json=WRONG_DRAFTS[name]), 422)["code"] == "invalid-input"


def test_a_draft_that_is_not_what_it_says_is_told(service: RunningService) -> None:
    """Nothing of it is kept: neither its bytes nor that it came."""
    with session_scope(service.engine) as session:
        session.execute(text("UPDATE assignments SET due_at = now() + interval '1 hour' WHERE slug = 'second'"))
    try:
        learner, address = service.api(fresh_name()), DRAFT.replace("first", "second")
        assert learner.post(address).status_code == 200
        before = _kept(service)
        body = {"digests": {NAME: DIGEST}, "notebooks": hand_in(b"something else")["notebooks"]}
        assert error_of(learner.put(address, json=body), 422)["code"] == "invalid-submission"
        hostile = {"digests": {"../x.ipynb": DIGEST}, "notebooks": hand_in(b"{}", path="../x.ipynb")["notebooks"]}
        assert error_of(learner.put(address, json=hostile), 422)["code"] == "invalid-submission"
        assert _kept(service) == before
        assert learner.get(address).json()["saved_at"] is None
    finally:
        with session_scope(service.engine) as session:
            session.execute(text("UPDATE assignments SET due_at = NULL WHERE slug = 'second'"))


def test_what_is_too_large_leaves_nothing(small: RunningService) -> None:
    """Whether or not it tells its length, or tells a smaller one than it has after decoding."""
    learner = small.api(fresh_name())
    learner.get("api/me")
    before = _kept(small)
    assert error_of(learner.post(submissions_path(), json=hand_in(b" " * (2**20 + 1))), 413)
    body = json.dumps(hand_in(b" " * 2**21)).encode()
    parts = (body[at : at + 2**16] for at in range(0, len(body), 2**16))
    assert error_of(learner.post(submissions_path(), content=body, headers=JSON), 413)["code"] == "too-large"
    assert error_of(learner.post(submissions_path(), content=parts, headers=JSON), 413)["code"] == "too-large"
    half = {"content_base64": base64.b64encode(b" " * 530_000).decode()}
    several = [{"path": name} | half for name in (NAME, "other.ipynb")]
    answer = learner.post(submissions_path(), json=hand_in() | {"notebooks": several})
    assert error_of(answer, 413)["code"] == "submission-too-large"
    assert _kept(small) == before


def test_a_key_stands_for_what_was_sent_with_it(service: RunningService) -> None:
    """The same again is the same submission; other work under it is refused, and neither taken nor passed over."""
    learner = service.api(fresh_name())
    body = hand_in(squares_submission("first = 1"), key=str(uuid4()))
    made = learner.post(submissions_path(), json=body).json()
    before = _kept(service)
    assert learner.post(submissions_path(), json=body).json() == made
    other = hand_in(squares_submission("second = 2"), key=body["key"])
    assert error_of(learner.post(submissions_path(), json=other), 409)["code"] == "key-reused"
    assert error_of(learner.post(submissions_path("second"), json=body), 409)["code"] == "key-reused"
    # What is left out makes no difference to what is handed in.
    more = body | {"notebooks": [*body["notebooks"], *hand_in(b"{}", path="notes.ipynb")["notebooks"]]}
    assert learner.post(submissions_path(), json=more).json() == made
    assert _kept(service) == before


def test_a_key_is_its_senders_alone(service: RunningService) -> None:
    """Somebody else's key says nothing about them, and takes nothing from them."""
    body = hand_in(key=str(uuid4()))
    first, second = service.api(fresh_name()), service.api(name := fresh_name())
    made = first.post(submissions_path(), json=body).json()
    other = second.post(submissions_path(), json=body).json()
    assert (other["person"], other["number"]) == (name, 1)
    assert other["id"] != made["id"]
    error_of(second.get(f"api/submissions/{made['id']}"), 404)


def test_what_is_not_ones_own_to_hand_in_looks_as_if_it_were_not_there(service: RunningService, tmp_path: Path) -> None:
    """A course that is closed to them, an assignment that was taken out of its course, one of another course."""
    slug = fresh_name("closed")
    names = ("first", "gone")
    folder = write_course(tmp_path / slug, {f"{name}/squares.ipynb": squares_source() for name in names})
    with session_scope(service.engine) as session:
        courses.publish_course(session, service.blobs, folder, publisher="teacher", grader_options=GraderOptions())
        session.execute(text("UPDATE assignments SET hidden = true WHERE slug = 'gone'"))
    learner = service.api(fresh_name())
    learner.get("api/me")
    before = _kept(service)
    hidden = error_of(learner.post(submissions_path("gone", slug), json=hand_in()), 404)
    assert hidden["code"] == "assignment-not-found"
    elsewhere = error_of(learner.post(submissions_path("gone"), json=hand_in()), 404)
    assert elsewhere["message"] == hidden["message"]
    with session_scope(service.engine) as session:
        session.execute(update(CourseRow).where(CourseRow.slug == slug).values(enrolment="closed"))
    closed = error_of(learner.post(submissions_path("first", slug), json=hand_in()), 404)
    missing = error_of(learner.post(submissions_path("first", "no-course"), json=hand_in()), 404)
    assert closed == missing
    assert _kept(service) == before


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ("opens = 2999-01-01T00:00:00Z", "not-open-yet"),
        ('due = 2020-01-01T00:00:00Z\npolicy = {late_until = "0 days"}', "assignment-closed"),
    ],
)
def test_what_is_not_open_takes_nothing(dates: str, code: str, service: RunningService, tmp_path: Path) -> None:
    slug = fresh_name("shut")
    manifest = f"title = 'Shut'\nenrolment = 'closed'\n[[assignments]]\nslug = 'first'\n{dates}\n"
    folder = write_course(tmp_path / slug, {"first/squares.ipynb": squares_source()}, manifest)
    with session_scope(service.engine) as session:
        courses.publish_course(session, service.blobs, folder, publisher="teacher", grader_options=GraderOptions())
        identity.set_course_role(session, name := fresh_name(), slug, "learner")
    learner = service.api(name)
    learner.get("api/me")
    before = _kept(service)
    assert error_of(learner.post(submissions_path("first", slug), json=hand_in()), 409)["code"] == code
    assert _kept(service) == before
