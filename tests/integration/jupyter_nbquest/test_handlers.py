"""The server extension in a real server, as the browser reaches it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.factories.service_twin import TOKEN, ServiceTwin
from tests.integration.jupyter_nbquest.conftest import LOCAL_TOKEN, LearnerServer

SQUARES = "nbquest/courses/first-steps/assignments/squares"
NOTEBOOK = "first-steps/squares/squares.ipynb"


@pytest.fixture(autouse=True)
def _fresh(server: LearnerServer) -> Iterator[None]:
    yield
    # What is still being graded would tell the next test of it.
    deadline = time.monotonic() + 10
    while server.twin.tasks:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    shutil.rmtree(server.root / "first-steps", ignore_errors=True)
    twin, fresh = server.twin, ServiceTwin()
    for name in (
        "courses",
        "failures",
        "release_override",
        "submissions",
        "by_key",
        "drafts",
        "saved",
        "requests",
        "repairs",
        "xp",
        "days",
        "events",
    ):
        setattr(twin, name, getattr(fresh, name))


def solve(path: Path, source: str) -> None:
    """Put `source` into the solution cell."""
    notebook = json.loads(path.read_text())
    notebook["cells"][1]["source"] = source
    path.write_text(json.dumps(notebook))


def every_address() -> list[tuple[str, str]]:
    """Return each method and an example path of each handler."""
    from jupyter_nbquest.handlers import ASSIGNMENT, make_handlers

    found = []
    for pattern, _handler in make_handlers():
        path = pattern.replace(ASSIGNMENT, "courses/c/assignments/a").replace("(.+)", "me").lstrip("/")
        assert re.fullmatch(pattern, f"/{path}")
        found += [(method, path) for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")]
    return found


@pytest.mark.parametrize("token", [None, "wrong", TOKEN], ids=["anonymous", "wrong", "hub-token"])
def test_every_address_needs_sign_in(server: LearnerServer, token: str | None) -> None:
    for method, path in every_address():
        status, _ = server.request(method, path, token=token)
        assert status in {401, 403, 405}, (method, path, status)
        if status == 405:  # not offered at all, also to who is signed in
            assert server.request(method, path)[0] == 405, (method, path)
    assert server.twin.requests == []


def _until(met: Callable[[], bool], server: LearnerServer) -> None:
    deadline = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.05)


def test_what_is_saved_here_reaches_the_site_if_that_is_wished_for(server: LearnerServer) -> None:
    """As JupyterLab saves: by the server's own address of files. Here the wish is one that the site remembers."""
    squares = ("first-steps", "squares")
    server.twin.drafts[squares] = {}
    server.request("POST", f"{SQUARES}/fetch")
    notebook = json.loads((server.root / NOTEBOOK).read_text())
    notebook["cells"][1]["source"] = "def square(x):\n    return x * x"
    body = json.dumps({"type": "notebook", "format": "json", "content": notebook}).encode()
    assert server.request("PUT", f"api/contents/{NOTEBOOK}", body=body)[0] == 200
    _until(lambda: bool(server.twin.drafts[squares]), server)
    assert b"return x * x" in server.twin.drafts[squares]["squares.ipynb"]


def test_the_wish_is_the_learners(server: LearnerServer) -> None:
    """Made and taken back by a press; making it tells the site what is saved now."""
    server.request("POST", f"{SQUARES}/fetch")
    assert server.request("POST", f"{SQUARES}/draft", body=b'{"wanted": "yes"}')[0] == 400
    status, draft = server.request("POST", f"{SQUARES}/draft", body=b'{"wanted": true}')
    assert (status, draft["wanted"]) == (200, True)
    content = {"squares.ipynb": (server.root / NOTEBOOK).read_bytes()}
    _until(lambda: server.twin.drafts.get(("first-steps", "squares")) == content, server)
    server.request("POST", f"{SQUARES}/draft", body=b'{"wanted": false}')
    assert server.twin.drafts == {}


def test_fetch_validate_submit_result(server: LearnerServer) -> None:
    status, fetched = server.request("POST", f"{SQUARES}/fetch")
    assert (status, fetched["folder"], fetched["version"]) == (200, "first-steps/squares", 1)
    assert fetched["written"] == ["squares.ipynb"]
    assert fetched["kept"] == []

    status, validation = server.request("POST", f"{SQUARES}/validate")
    assert status == 200
    assert {cell["grade_id"]: cell["status"] for cell in validation["cells"]} == {
        "test_square": "failed",
        "test_square_zero": "failed",
        "test_negative": "not-run",
    }
    assert validation["cells"][0]["message"] == "There is no solution here yet."

    solve(server.root / NOTEBOOK, "def square(x):\n    return x * x\n")
    _, validation = server.request("POST", f"{SQUARES}/validate")
    assert [cell["status"] for cell in validation["cells"]] == ["passed", "passed", "not-run"]

    status, submission = server.request("POST", f"{SQUARES}/submit")
    assert (status, submission["state"]) == (202, "queued")
    handed_in = server.twin.notebooks[submission["id"]]
    assert handed_in == {"squares.ipynb": (server.root / NOTEBOOK).read_bytes()}

    deadline = time.monotonic() + 10
    while (answer := server.request("GET", f"nbquest/api/submissions/{submission['id']}")[1])["state"] != "graded":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert answer["result"]["score"] == 4
    assert {authorization for _, _, authorization, _ in server.twin.requests} == {f"token {TOKEN}"}


def test_what_the_policy_refuses_is_passed_on(server: LearnerServer) -> None:
    server.request("POST", f"{SQUARES}/fetch")
    squares = server.twin.find("first-steps", "squares")
    for state, expected, code in [
        ("closed", 409, "assignment-closed"),
        ("no-attempts-left", 409, "no-attempts-left"),
        ("cooling-down", 429, "cooling-down"),
    ]:
        squares.standing = {"state": state}
        status, answer = server.request("POST", f"{SQUARES}/submit")
        assert (status, answer["error"]["code"]) == (expected, code)
        assert answer["error"]["message"] == f"Arranged for a test: {state}."
        assert "next_allowed_at" in answer["error"]["details"]
    assert server.twin.submissions == {}


def test_late_work_is_sent_with_what_the_learner_agreed_to(server: LearnerServer) -> None:
    server.request("POST", f"{SQUARES}/fetch")
    server.twin.find("first-steps", "squares").standing = {"state": "late", "penalty_percent": 10}
    for body in (b"", b"{}", b'{"accept_penalty_percent": null}', b'{"accept_penalty_percent": 9.9}'):
        status, answer = server.request("POST", f"{SQUARES}/submit", body=body)
        assert (status, answer["error"]["code"]) == (409, "late-not-accepted")
        assert answer["error"]["details"]["penalty_percent"] == 10
    for body in (b"[1]", b"{"):
        assert server.request("POST", f"{SQUARES}/submit", body=body)[0] == 400
    assert server.twin.submissions == {}
    status, made = server.request("POST", f"{SQUARES}/submit", body=b'{"accept_penalty_percent": 10}')
    assert (status, made["late"], made["penalty_percent"]) == (202, True, 10)


def test_local_lists_what_was_fetched_and_says_what_changed(server: LearnerServer) -> None:
    assert server.request("GET", "nbquest/local") == (200, {"items": []})
    server.request("POST", f"{SQUARES}/fetch")
    _, answer = server.request("GET", "nbquest/local")
    assert answer["items"] == [
        {
            "course": "first-steps",
            "assignment": "squares",
            "fetched_version": 1,
            "folder": "first-steps/squares",
            "notebooks": ["squares.ipynb"],
            "changed": False,
            "draft_problem": None,
        }
    ]
    solve(server.root / NOTEBOOK, "x = 1")
    assert server.request("GET", "nbquest/local")[1]["items"][0]["changed"] is True


def test_submit_and_validate_before_fetch_say_what_to_do(server: LearnerServer) -> None:
    for verb in ("submit", "validate"):
        status, answer = server.request("POST", f"{SQUARES}/{verb}")
        assert (status, answer["error"]["code"]) == (409, "not-fetched")
        assert "Fetch it first" in answer["error"]["message"]


def test_the_sites_own_refusal_is_passed_on(server: LearnerServer) -> None:
    status, answer = server.request("POST", "nbquest/courses/first-steps/assignments/nowhere/fetch")
    assert (status, answer["error"]["code"]) == (404, "not-found")
    assert server.request("GET", "nbquest/api/submissions/none")[0] == 404


def test_forwarding_keeps_the_query_and_drops_what_is_ours(server: LearnerServer) -> None:
    _, answer = server.request("GET", "nbquest/api/echo/json?course=a%20b&_xsrf=secret&no_track_activity=1&limit=2")
    assert answer["uri"].endswith("api/echo/json?course=a%20b&limit=2")


def test_forwarding_never_serves_a_page_in_the_servers_origin(server: LearnerServer) -> None:
    request = urllib.request.Request(
        f"{server.url}nbquest/api/echo/html", headers={"Authorization": f"token {LOCAL_TOKEN}"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_redirect_is_not_followed(server: LearnerServer) -> None:
    status, answer = server.request("GET", "nbquest/api/echo/redirect")
    assert (status, answer["error"]["code"]) == (401, "not-signed-in")


@pytest.mark.parametrize("path", ["../../../hub/api", "%2e%2e/hub", "echo/..%2f..", "echo//json", ".hidden", "a\\b"])
def test_forwarding_stays_below_the_services_api(server: LearnerServer, path: str) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port)) as connection:
        head = f"GET /nbquest/api/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: token {LOCAL_TOKEN}\r\n"
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        status = int(connection.makefile("rb").readline().split()[1])
    assert status in {400, 404}
    assert server.twin.requests == []


def test_events_are_passed_on_and_resumed(server: LearnerServer) -> None:
    server.request("POST", f"{SQUARES}/fetch")
    with open_events(server) as stream:
        server.request("POST", f"{SQUARES}/submit")
        kinds = [read_event(stream)["event"], (graded := read_event(stream))["event"]]
    assert kinds == ["submission.grading", "submission.graded"]
    assert json.loads(graded["data"])["submission"]["state"] == "graded"
    with open_events(server, "?after=0") as stream:
        assert read_event(stream)["id"] == graded["id"]
    with open_events(server, headers={"Last-Event-ID": "0"}) as stream:
        assert read_event(stream)["id"] == graded["id"]
    # The browser went, so the stream to the site ends too.
    deadline = time.monotonic() + 10
    while server.twin.streams:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def open_events(server: LearnerServer, query: str = "", headers: dict[str, str] | None = None):
    """Open the event stream, and wait until the site has it."""
    before = server.twin.opened
    request = urllib.request.Request(
        f"{server.url}nbquest/api/events{query}",
        headers={"Authorization": f"token {LOCAL_TOKEN}", **(headers or {})},
    )
    stream = urllib.request.urlopen(request, timeout=20)
    assert stream.headers["Content-Type"] == "text/event-stream"
    deadline = time.monotonic() + 10
    while server.twin.opened <= before and time.monotonic() < deadline:
        time.sleep(0.02)
    return stream


def read_event(stream) -> dict[str, str]:
    """Return the next event's fields."""
    fields: dict[str, str] = {}
    for line in stream:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif "event" in fields:
            return fields
        else:
            fields = {}
    raise AssertionError("the stream ended")


def test_events_that_are_refused_are_an_error_not_a_stream(server: LearnerServer) -> None:
    server.twin.failures["/events"] = [503]
    assert server.request("GET", "nbquest/api/events")[0] == 503


def test_the_token_is_nowhere_in_the_log(server: LearnerServer) -> None:
    server.request("POST", f"{SQUARES}/fetch")
    server.twin.failures["/release"] = [500]
    server.request("POST", f"{SQUARES}/fetch")
    log = server.log.read_text()
    assert "nbquest" in log
    assert TOKEN not in log


def test_an_open_window_that_only_waits_is_no_activity() -> None:
    from jupyter_nbquest.handlers import EventsHandler

    assert EventsHandler._track_activity is False
