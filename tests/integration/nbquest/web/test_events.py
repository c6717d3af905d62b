"""The live stream: what is committed arrives, nothing is lost over an interruption, and stopping ends it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx

from tests.factories.courses import outcome
from tests.integration.nbquest.web.running import (
    WAIT_SECONDS,
    RunningService,
    error_of,
    fresh_name,
    running_service,
)

GOOD = outcome({"visible": (2, 2), "hidden": (3, 3)})


class Events:
    """The events of one open stream, as an EventSource reads them."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()

    def next_block(self) -> dict[str, str]:
        """Return the fields of the next block; a comment's is named with nothing. Empty at the stream's end."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line and fields:
                return fields
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        return {}

    def next_event(self) -> tuple[str, int | None, Any]:
        """Return kind, id and data of the next event."""
        deadline = time.monotonic() + WAIT_SECONDS
        while "event" not in (block := self.next_block()):
            assert block, "the stream ended"
            assert time.monotonic() < deadline, "no event came"
        number = block.get("id")
        return block["event"], None if number is None else int(number), json.loads(block["data"])


@contextlib.contextmanager
def _listening(service: RunningService, name: str, **headers: str) -> Iterator[Events]:
    with service.api(name).stream("GET", "api/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        events = Events(answer)
        assert "retry" in events.next_block()
        _wait_until(service.app.state.site.live.listening.is_set)
        yield events


def _wait_until(condition: Any) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _last_id(service: RunningService, name: str) -> int:
    items = service.api(name).get("api/notifications").json()["items"]
    return max((item["id"] for item in items), default=0)


def test_what_is_committed_arrives_with_the_result(service: RunningService) -> None:
    """Its place, grading began, then the grade with the learner's new standing; nothing of anybody else."""
    submission = service.submit(name := fresh_name())
    other = service.submit(fresh_name("other"))
    with _listening(service, name) as events:
        service.grade(other, GOOD)
        kind, number, data = events.next_event()
        assert (kind, number, data["submission_id"]) == ("submission.waiting", None, str(submission.id))
        assert data["waiting"]["place"] >= 1
        service.grade(submission, GOOD)
        kind, number, data = events.next_event()
        assert (kind, number) == ("submission.grading", None)
        assert (data["submission_id"], data["course"], data["assignment"]) == (str(submission.id), "squares", "first")
        kind, number, data = events.next_event()
        assert (kind, number) == ("submission.graded", _last_id(service, name))
        assert set(data) == {"submission", "progress"}
        assert data["submission"] == service.api(name).get(f"api/submissions/{submission.id}").json()
        assert data["submission"]["result"]["score"] == 5
        assert data["progress"] == service.api(name).get("api/me").json()["progress"]


def test_what_was_missed_is_told_first(service: RunningService) -> None:
    """From the id that the client saw last; each once and in order, then what happens now."""
    name = fresh_name()
    for _ in range(3):
        service.grade(service.submit(name), GOOD)
    first, *missed = [item["id"] for item in service.api(name).get("api/notifications").json()["items"]]
    with _listening(service, name, **{"Last-Event-ID": str(first)}) as events:
        assert [events.next_event()[1] for _ in missed] == missed
        service.grade(service.submit(name, "second"), GOOD)
        assert events.next_event()[0] == "submission.grading"
        kind, number, data = events.next_event()
        assert (kind, number) == ("submission.graded", _last_id(service, name))
        assert data["submission"]["assignment"] == "second"


def test_without_a_last_id_old_news_stay_old(service: RunningService) -> None:
    """Nor with one that is none."""
    name = fresh_name()
    service.grade(service.submit(name), GOOD)
    for headers in ({}, {"Last-Event-ID": "nonsense"}, {"Last-Event-ID": "9" * 30}):
        with _listening(service, name, **headers) as events:
            submission = service.submit(name)
            service.grade(submission, GOOD)
            heard = [events.next_event() for _ in range(2)]
            assert [kind for kind, _, _ in heard] == ["submission.grading", "submission.graded"]
            assert heard[1][2]["submission"]["id"] == str(submission.id)


def test_streams_go_on_after_the_database_was_away(service: RunningService) -> None:
    """The listening connection is cut; what was committed meanwhile is read from the store."""
    submission = service.submit(name := fresh_name())
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN nbquest'"
    with _listening(service, name) as events:
        with service.engine.connect() as connection:
            assert connection.exec_driver_sql(cut).all()
        service.grade(submission, GOOD)
        while (heard := events.next_event())[0] != "submission.graded":
            pass
        assert heard[2]["submission"]["id"] == str(submission.id)


def test_stopping_the_service_ends_its_streams(service: RunningService) -> None:
    """At once and in order, so that browsers connect again to what starts next."""
    with running_service(service.engine, service.blobs) as stopping, _listening(stopping, fresh_name()) as events:
        assert stopping.app.state.site.live.stream_count == 1
        stopping.stop()
        while events.next_block():
            pass
        assert stopping.app.state.site.live.stream_count == 0


def test_a_person_can_not_hold_streams_without_end(service: RunningService) -> None:
    """The seventeenth is refused; others are not in the way, and a closed one makes room."""
    name = fresh_name()
    with contextlib.ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(_listening(service, name))
        assert error_of(service.api(name).get("api/events"), 429)["code"] == "too-many-streams"
        with _listening(service, fresh_name()):
            pass
    _wait_until(lambda: service.app.state.site.live.stream_count == 0)
    with _listening(service, name):
        pass
