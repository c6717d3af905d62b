"""Learners as the service sees them: they hand in over HTTP, and read the stream of events."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.bench.running_site import COURSE, NOTEBOOK, Site

PREFIX = "/services/nbquest/api"
TIMEOUT_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class HandingIn:
    """One submission, ready to be sent."""

    token: str
    path: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of sending it: the status and the body, and when it was sent and answered (monotonic seconds)."""

    status: int
    body: bytes
    sent: float
    answered: float

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return self.answered - self.sent


def handing_in(token: str, notebook: bytes, assignment: str) -> HandingIn:
    """Return the request that hands in the notebook, with a key of its own."""
    encoded = base64.b64encode(notebook).decode()
    body = {"key": str(uuid4()), "notebooks": [{"path": NOTEBOOK, "content_base64": encoded}]}
    path = f"{PREFIX}/courses/{COURSE}/assignments/{assignment}/submissions"
    return HandingIn(token=token, path=path, body=json.dumps(body).encode())


class Connection:
    """A kept connection to the service, of one thread."""

    def __init__(self, site: Site) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=TIMEOUT_SECONDS)

    def send(self, request: HandingIn) -> Answer:
        """Hand in."""
        headers = {"Authorization": f"token {request.token}", "Content-Type": "application/json"}
        sent = time.monotonic()
        self._connection.request("POST", request.path, request.body, headers)
        response = self._connection.getresponse()
        body = response.read()
        return Answer(status=response.status, body=body, sent=sent, answered=time.monotonic())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Stream:
    """A person's stream of events, read in the caller's thread."""

    def __init__(self, site: Site, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=TIMEOUT_SECONDS)
        self._connection.request("GET", f"{PREFIX}/events", headers={"Authorization": f"token {token}"})
        self._response = self._connection.getresponse()
        if self._response.status != 200:
            raise SystemExit(f"the stream of events answered {self._response.status}")
        while self._response.readline() != b": listening\n":
            pass

    def wait_for_grade(self, submission_id: str) -> dict[str, Any]:
        """Return the submission as the event `submission.graded` brings it."""
        event = b""
        while True:
            line = self._response.readline()
            if not line:
                raise SystemExit("the stream of events ended")
            if line.startswith(b"event: "):
                event = line[7:].strip()
            elif line.startswith(b"data: ") and event == b"submission.graded":
                submission: dict[str, Any] = json.loads(line[6:])["submission"]
                if submission["id"] == submission_id:
                    return submission

    def close(self) -> None:
        """Close the stream."""
        self._connection.close()


def send_all(site: Site, requests: Sequence[HandingIn], *, threads: int, over_seconds: float = 0.0) -> list[Answer]:
    """Hand all of it in, from so many connections, evenly over a time or (0) one right after the other."""
    answers: list[Answer] = []
    waiting = iter(enumerate(requests))
    lock = threading.Lock()
    began = time.monotonic()

    def work() -> None:
        connection = Connection(site)
        while True:
            with lock:
                number, request = next(waiting, (0, None))
            if request is None:
                break
            time.sleep(max(0.0, began + number * over_seconds / len(requests) - time.monotonic()))
            answers.append(connection.send(request))
        connection.close()

    _run([work] * threads)
    return answers


def _run(work: Sequence[Callable[[], None]]) -> None:
    failed: list[BaseException] = []

    def guarded(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"handing in failed: {failed[0]!r}")
