"""Runs the web service in a thread, as the Hub runs it in a process, and speaks to it as programs and browsers do."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine, func, select, text

from grader.grading import GradeOutcome
from nbquest.db.engine import session_scope
from nbquest.files.store import MemoryBlobStore
from nbquest.services.web import PEOPLE, ROUTERS, Service
from nbquest.settings import Settings
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from nbquest.submissions.views import Submission
from nbquest.web.app import create_app
from tests.factories.courses import squares_submission
from tests.integration.nbquest.web.hub_twin import HubTwin

PREFIX = "/services/nbquest/"
COOKIE = "service-nbquest"
WAIT_SECONDS = 180
_THE_JOB = "WHERE args ->> 'attempt_id' = :attempt"
PAGE = {"Accept": "text/html,application/xhtml+xml"}


@dataclass
class RunningService:
    """A service that answers at `origin`."""

    origin: str
    app: FastAPI
    engine: Engine
    blobs: MemoryBlobStore
    hub: HubTwin
    server: uvicorn.Server
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, token: str | None = None) -> httpx.Client:
        """Return a client below the service's prefix, with a token in its header, if any. It follows no redirect."""
        headers = {} if token is None else {"Authorization": f"token {token}"}
        made = httpx.Client(
            base_url=self.origin + PREFIX,
            headers=headers,
            timeout=WAIT_SECONDS,
            trust_env=False,
            follow_redirects=False,
        )
        self.clients.append(made)
        return made

    def api(self, name: str, *, admin: bool = False) -> httpx.Client:
        """Return a client that holds a token of this person's."""
        return self.client(self.hub.add_user(name, admin=admin))

    def browser(self, name: str, *, admin: bool = False) -> httpx.Client:
        """Return a client that signed in by OAuth, as a browser does, and so holds our cookie."""
        client = self.client()
        client.headers.update(PAGE)
        answer = finish_sign_in(client, self.hub, self.hub.add_user(name, admin=admin))
        assert answer.status_code == 302, answer.text
        return client

    def submit(self, name: str, assignment: str = "first") -> Submission:
        """Hand in a right solution through HTTP."""
        answer = self.api(name).post(submissions_path(assignment), json=hand_in())
        assert answer.status_code == 202, answer.text
        return Submission.model_validate(answer.json())

    def grade(self, submission: Submission, outcome: GradeOutcome) -> None:
        """Record and commit an outcome, as the worker does."""
        with session_scope(self.engine) as session:
            query = select(func.max(AttemptRow.id)).where(AttemptRow.submission_id == submission.id)
            attempt = session.scalars(query).one()
            taken = {"attempt": str(attempt)}
            session.execute(text(f"UPDATE procrastinate_jobs SET status = 'doing' {_THE_JOB}"), taken)
            submissions.start_attempt(session, attempt)
            submissions.record_outcome(session, attempt, {"squares.ipynb": outcome}, blobs=self.blobs)
            session.execute(text(f"DELETE FROM procrastinate_jobs {_THE_JOB}"), taken)

    def stop(self) -> None:
        """Ask the service to stop, as a signal would."""
        self.server.should_exit = True


def fresh_name(stem: str = "learner") -> str:
    """Return a name that no other test uses."""
    return f"{stem}-{uuid4().hex[:8]}"


def submissions_path(assignment: str = "first", course: str = "squares") -> str:
    """Return the path that takes submissions to the assignment."""
    return f"api/courses/{course}/assignments/{assignment}/submissions"


def hand_in(content: bytes | None = None, *, key: str | None = None, path: str = "squares.ipynb") -> dict[str, Any]:
    """Return the body of a submission."""
    encoded = base64.b64encode(squares_submission() if content is None else content).decode()
    return {"key": key or str(uuid4()), "notebooks": [{"path": path, "content_base64": encoded}]}


def error_of(answer: httpx.Response, status: int) -> Mapping[str, Any]:
    """Return the error in the one shape that errors have; fail on any other, and where it tells of our insides."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["code"]
    assert body["error"]["message"]
    assert "Traceback" not in answer.text
    assert '.py"' not in answer.text
    error: Mapping[str, Any] = body["error"]
    return error


def begin_sign_in(client: httpx.Client, path: str = "") -> tuple[str, str]:
    """Open a page without being signed in; return the state and the PKCE challenge that the Hub is sent."""
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 302, answer.text
    address = urlsplit(answer.headers["location"])
    assert address.path == "/hub/api/oauth2/authorize"
    query = parse_qs(address.query)
    return query["state"][0], query["code_challenge"][0]


def finish_sign_in(client: httpx.Client, hub: HubTwin, token: str, path: str = "") -> httpx.Response:
    """Sign in as the person of `token`; return the callback's answer."""
    state, challenge = begin_sign_in(client, path)
    return client.get("oauth_callback", params={"code": hub.add_code(token, challenge), "state": state})


@contextlib.contextmanager
def running_service(
    engine: Engine,
    blobs: MemoryBlobStore,
    *,
    routers: Sequence[APIRouter] = ROUTERS,
    keep_seconds: float = 60.0,
    **settings: Any,
) -> Iterator[RunningService]:
    """Serve on a free port of the loopback until the block ends."""
    hub = HubTwin()
    client = hub.client(keep_seconds=keep_seconds)
    app = create_app(Settings(**settings), engine, blobs, routers, people=PEOPLE, hub=client)
    server = Service(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=10))
    server.config.load()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), name="web-service")
        thread.start()
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        running = RunningService(origin=origin, app=app, engine=engine, blobs=blobs, hub=hub, server=server)
        try:
            yield running
        finally:
            for client in running.clients:
                client.close()
            running.stop()
            thread.join(WAIT_SECONDS)
            assert not thread.is_alive(), "the service did not stop"
