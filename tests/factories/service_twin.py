"""An in-memory twin of the nbquest service, as a learner's server sees it: the same addresses, shapes and refusals.

It grades by looking: a test passes when its wanted text stands somewhere in the notebook that was handed in.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tornado import httpserver, netutil, web
from tornado.iostream import StreamClosedError

TOKEN = "the-learners-own-token"
PREFIX = "/services/nbquest/"


@dataclass(kw_only=True)
class TwinTest:
    """A test cell. It passes when `wanted` stands in the notebook; a hidden one is not in the release."""

    grade_id: str
    source: str
    wanted: str
    points: float = 1.0
    hidden: bool = False


@dataclass(kw_only=True)
class TwinAssignment:
    """An assignment with one notebook, `<slug>.ipynb`, and perhaps other files."""

    slug: str
    title: str
    tests: list[TwinTest]
    start: str = "# Your code here\n"
    due_at: datetime | None = None
    version: int = 1
    files: dict[str, bytes] = field(default_factory=dict)
    description: str = ""
    # What is arranged of the learner's Standing; the rest follows from `due_at` and what was handed in.
    standing: dict[str, Any] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """All points there are."""
        return sum(test.points for test in self.tests)

    def notebook(self) -> bytes:
        """Return the released notebook."""
        cells = [
            _cell("markdown", f"# {self.title}\n\nFill in the next cell, then validate and submit.", {}),
            _cell("code", self.start, _marks("solution_1", solution=True)),
        ]
        cells += [
            _cell("code", "" if test.hidden else test.source, _marks(test.grade_id, grade=True, points=test.points))
            for test in self.tests
        ]
        for number, cell in enumerate(cells):
            cell["id"] = f"cell-{number}"
        kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        document = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(document, indent=1).encode()

    def all_files(self) -> dict[str, bytes]:
        """Return all released files by path."""
        return {f"{self.slug}.ipynb": self.notebook(), **self.files}


@dataclass(kw_only=True)
class TwinCourse:
    """A course."""

    slug: str
    title: str
    assignments: list[TwinAssignment]
    description: str = ""
    role: str = "learner"


def _marks(grade_id: str, **more: Any) -> dict[str, Any]:
    marks = {"grade": False, "solution": False, "locked": bool(more.get("grade")), "task": False, "schema_version": 3}
    return {"nbgrader": {**marks, "grade_id": grade_id, **more}}


def _cell(kind: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": metadata, "source": source}
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}


def squares() -> TwinAssignment:
    """Return a small assignment: two visible tests and a hidden one."""
    return TwinAssignment(
        slug="squares",
        title="Squares and cubes",
        description="Write a function that squares.",
        start="def square(x):\n    raise NotImplementedError()\n",
        due_at=datetime.now(UTC) + timedelta(days=3, hours=2),
        tests=[
            TwinTest(grade_id="test_square", source="assert square(3) == 9, 'square(3) is 9'", wanted="return x"),
            TwinTest(grade_id="test_square_zero", source="assert square(0) == 0", wanted="return x", points=2),
            TwinTest(grade_id="test_negative", source="assert square(-2) == 4", wanted="x * x", hidden=True),
        ],
    )


class ServiceTwin:
    """What the service would hold, and what a test may look at or arrange."""

    def __init__(self, courses: list[TwinCourse] | None = None) -> None:
        self.courses = (
            [TwinCourse(slug="first-steps", title="First steps", assignments=[squares()])]
            if courses is None
            else courses
        )
        self.url = ""
        self.loop: asyncio.AbstractEventLoop | None = None
        self.xp = 0
        self.days = 0
        self.grading_seconds = 0.2
        self.send_events = True
        self.repairs: list[str] = []
        # Arranged answers: path's end -> statuses to answer instead, first one first.
        self.failures: dict[str, list[int]] = {}
        self.release_override: dict[str, Any] | None = None
        # What came in: method, path, Authorization, Last-Event-ID.
        self.requests: list[tuple[str, str, str, str]] = []
        self.submissions: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self.notebooks: dict[str, dict[str, bytes]] = {}
        # What was saved last, of assignments for which that was wished.
        self.drafts: dict[tuple[str, str], dict[str, bytes]] = {}
        self.saved = 0
        self.seconds_left: float | None = 3600.0
        self.events: list[tuple[int, str, Any]] = []
        self.streams: set[EventsHandler] = set()
        self.opened = 0  # streams, in all
        self.tasks: set[asyncio.Task[None]] = set()

    def find(self, course: str, assignment: str) -> TwinAssignment:
        """Return an assignment; 404 for the asker when there is none."""
        for each in self.courses:
            for candidate in each.assignments:
                if (each.slug, candidate.slug) == (course, assignment):
                    return candidate
        raise web.HTTPError(404)

    def progress(self) -> dict[str, Any]:
        """Return Progress by the real rule: level n begins at 50 n (n - 1) XP."""
        level = 1
        while 50 * (level + 1) * level <= self.xp:
            level += 1
        return {
            "xp": self.xp,
            "level": level,
            "level_floor": 50 * level * (level - 1),
            "next_level_at": 50 * (level + 1) * level,
            "streak": {"current": self.days, "longest": self.days, "kept_today": self.days > 0},
            "recent": [],
        }

    def mine(self, course: str, assignment: TwinAssignment) -> list[dict[str, Any]]:
        """Return what was handed in, oldest first."""
        return [s for s in self.submissions.values() if (s["course"], s["assignment"]) == (course, assignment.slug)]

    def standing(self, course: str, assignment: TwinAssignment) -> dict[str, Any]:
        """Return Standing."""
        due_at, attempts = assignment.due_at, assignment.standing.get("attempts")
        late = due_at is not None and due_at < datetime.now(UTC)
        left = None if attempts is None else max(0, attempts - len(self.mine(course, assignment)))
        state = "no-attempts-left" if left == 0 else "late" if late else "open"
        penalty = assignment.standing.get("penalty_percent", 0)
        return {
            "state": state,
            "reason": f"Arranged for a test: {assignment.standing.get('state', state)}.",
            "opens_at": None,
            "due_at": due_at.isoformat() if due_at else None,
            "closes_at": None,
            "exam_ends_at": None,
            "attempts": attempts,
            "attempts_left": left,
            "next_allowed_at": None,
            "penalty_percent": penalty,
            "needs_consent": penalty > 0,
            "counts": "best",
            "extended": False,
            "time_zone": "UTC",
        } | assignment.standing

    def refuse(self, standing: dict[str, Any], accepted: float | None) -> None:
        """Refuse what the standing does not allow, as the service does."""
        details = {name: standing[name] for name in ("due_at", "closes_at", "attempts_left", "next_allowed_at")}
        if standing["state"] not in {"open", "late"}:
            code = "assignment-closed" if standing["state"] == "closed" else standing["state"]
            raise TwinRefusal(429 if code == "cooling-down" else 409, code, standing["reason"], details)
        if standing["needs_consent"] and (accepted is None or accepted < standing["penalty_percent"]):
            message = f"{standing['reason']} To hand it in all the same, confirm that."
            details["penalty_percent"] = standing["penalty_percent"]
            raise TwinRefusal(409, "late-not-accepted", message, details)

    def work(self, course: str, assignment: TwinAssignment) -> dict[str, Any]:
        """Return AssignmentWork."""
        mine = self.mine(course, assignment)
        graded = [s for s in mine if s["result"]]
        best = max(graded, key=lambda s: float(s["result"]["score"]), default=None)
        state = mine[-1]["state"] if mine else "not-submitted"
        due = assignment.due_at.isoformat() if assignment.due_at else None
        return {
            "assignment": {
                "slug": assignment.slug,
                "title": assignment.title,
                "description": assignment.description,
                "opens_at": None,
                "due_at": due,
                "points": assignment.points,
                "skills": [],
                "version": assignment.version,
                "position": [a.slug for c in self.courses for a in c.assignments].index(assignment.slug),
            },
            "standing": self.standing(course, assignment),
            "draft": self.draft(course, assignment.slug),
            "state": "grading" if state == "queued" else state,
            "best_score": best["result"]["score"] if best else None,
            "counted_score": best["result"]["score"] if best else None,
            "counted_submission": best["id"] if best else None,
            "max_score": assignment.points,
            "latest_submission": mine[-1]["id"] if mine else None,
            "submissions": len(mine),
            "late": bool(mine) and mine[-1]["late"],
        }

    def release(self, course: str, assignment: str) -> dict[str, Any]:
        """Return Release."""
        found = self.find(course, assignment)
        return {
            "course": course,
            "assignment": assignment,
            "title": found.title,
            "version": found.version,
            "files": [release_file(path, content) for path, content in found.all_files().items()],
        } | (self.release_override or {})

    def draft(self, course: str, assignment: str) -> dict[str, Any]:
        """Return Draft."""
        due_at, kept = self.find(course, assignment).due_at, self.drafts.get((course, assignment))
        open_ = due_at is not None and due_at > datetime.now(UTC)
        return {
            "wanted": kept is not None,
            "saved_at": None if kept is None or not kept else _now(),
            "hands_in_at": due_at.isoformat() if open_ and due_at else None,
        }

    def saved_draft(self, course: str, assignment: str, missing: list[str] | None = None) -> dict[str, Any]:
        """Return SavedDraft."""
        return self.draft(course, assignment) | {"seconds_left": self.seconds_left, "missing": missing or []}

    def save_draft(self, course: str, assignment: str, body: dict[str, Any]) -> dict[str, Any]:
        """Keep a draft, or ask for what is missing of it."""
        kept = self.drafts.get((course, assignment))
        if kept is None:
            raise TwinRefusal(409, "draft-not-wanted", "You have not asked for it.", {})
        sent = {each["path"]: base64.b64decode(each["content_base64"]) for each in body.get("notebooks", [])}
        known = {hashlib.sha256(content).hexdigest(): content for content in [*kept.values(), *sent.values()]}
        missing = [path for path, digest in body["digests"].items() if digest not in known]
        if not missing:
            self.drafts[course, assignment] = {path: known[digest] for path, digest in body["digests"].items()}
            self.saved += 1
        return self.saved_draft(course, assignment, missing)

    def take_in(self, course: str, assignment: str, body: dict[str, Any]) -> dict[str, Any]:
        """Store a submission, once per key."""
        found = self.find(course, assignment)
        if body["key"] in self.by_key:
            return self.submissions[self.by_key[body["key"]]]
        standing = self.standing(course, found)
        self.refuse(standing, body.get("accept_penalty_percent"))
        new = str(uuid.uuid4())
        self.by_key[body["key"]] = new
        self.notebooks[new] = {
            each["path"]: base64.b64decode(each["content_base64"], validate=True) for each in body["notebooks"]
        }
        number = 1 + sum((s["course"], s["assignment"]) == (course, assignment) for s in self.submissions.values())
        self.submissions[new] = {
            "id": new,
            "course": course,
            "assignment": assignment,
            "assignment_title": found.title,
            "person": "ada",
            "number": number,
            "version": found.version,
            "submitted_at": _now(),
            "late": standing["state"] == "late",
            "penalty_percent": standing["penalty_percent"],
            "penalty_percent_before": None,
            "state": "queued",
            "message": None,
            "waiting": None,
            "history": [],
            "result": None,
        }
        task = asyncio.ensure_future(self._grade(new, found))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return dict(self.submissions[new])

    async def _grade(self, submission_id: str, assignment: TwinAssignment) -> None:
        submission = self.submissions[submission_id]
        await asyncio.sleep(self.grading_seconds / 2)
        submission["state"] = "grading"
        where = {"course": submission["course"], "assignment": submission["assignment"]}
        self.send(None, "submission.grading", {"submission_id": submission_id, **where})
        await asyncio.sleep(self.grading_seconds / 2)
        text = b"".join(self.notebooks[submission_id].values()).decode()
        before = self.work(submission["course"], assignment)["best_score"] or 0
        cells = [_outcome(assignment, test, test.wanted in text) for test in assignment.tests]
        points = sum(cell["score"] for cell in cells)
        score = points * (1 - submission["penalty_percent"] / 100)
        gained = round(max(0, score - before) * 10)
        gained += 20 if score == assignment.points > before else 0
        if score > 0 and not self.days:
            gained, self.days = gained + 5, 1
        self.xp += gained
        next_step = self._next_step(submission["course"], assignment) if score == assignment.points else None
        submission |= {"state": "graded"}
        submission["result"] = {
            "status": "graded",
            "isolation": "shared",
            "auto_score": points,
            "manual_score": None,
            "score": score,
            "max_score": assignment.points,
            "needs_manual": [],
            "repairs": self.repairs,
            "message": None,
            "cells": cells,
            "graded_at": _now(),
            "seconds": 0.1,
            "xp_gained": gained,
            "next_step": next_step,
        }
        self.send(len(self.events) + 1, "submission.graded", {"submission": submission, "progress": self.progress()})

    def _next_step(self, course: str, done: TwinAssignment) -> dict[str, Any] | None:
        slugs = [(c.slug, a) for c in self.courses for a in c.assignments]
        position = next(i for i, (c, a) in enumerate(slugs) if c == course and a is done)
        if position + 1 == len(slugs):
            return None
        where, following = slugs[position + 1]
        reason = f"It builds on “{done.title}”, which you have just finished."
        return {"course": where, "assignment": following.slug, "title": following.title, "reason": reason}

    def send_soon(self, event_id: int | None, kind: str, data: Any) -> None:
        """Send an event, from another thread than the twin's."""
        assert self.loop is not None, "the twin runs"
        self.loop.call_soon_threadsafe(self.send, event_id, kind, data)

    def send(self, event_id: int | None, kind: str, data: Any) -> None:
        """Send an event to everyone who listens; one with an id is kept for replay."""
        data = json.loads(json.dumps(data))
        if event_id is not None:
            self.events.append((event_id, kind, data))
        if self.send_events:
            for stream in list(self.streams):
                stream.queue.put_nowait(format_event(event_id, kind, data))


def release_file(path: str, content: bytes) -> dict[str, Any]:
    """Return ReleaseFile."""
    return {
        "path": path,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "content_base64": base64.b64encode(content).decode(),
    }


def format_event(event_id: int | None, kind: str, data: Any) -> str:
    """Return one server-sent event."""
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {kind}\ndata: {json.dumps(data)}\n\n"


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _outcome(assignment: TwinAssignment, test: TwinTest, passed: bool) -> dict[str, Any]:
    message = "A hidden test failed." if test.hidden else f"AssertionError: {test.source.rpartition(', ')[2]}"
    return {
        "notebook": f"{assignment.slug}.ipynb",
        "grade_id": test.grade_id,
        "score": test.points if passed else 0,
        "max_score": test.points,
        "status": "passed" if passed else "failed",
        "message": None if passed else message,
        "hidden": test.hidden and not passed,
    }


class TwinRefusal(web.HTTPError):
    """A refusal with a code of its own, words and details."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(status)
        self.error = {"code": code, "message": message, "details": details}


class TwinHandler(web.RequestHandler):
    """Base: the learner's token or 401, arranged failures, the error shape."""

    twin: ServiceTwin

    def initialize(self, twin: ServiceTwin) -> None:
        self.twin = twin

    def prepare(self) -> None:
        authorization = self.request.headers.get("Authorization", "")
        resume = self.request.headers.get("Last-Event-ID", "")
        self.twin.requests.append((str(self.request.method), self.request.uri or "", authorization, resume))
        for end, statuses in self.twin.failures.items():
            if self.request.path.endswith(end) and statuses:
                raise web.HTTPError(statuses.pop(0))
        if authorization != f"token {TOKEN}":
            raise web.HTTPError(401)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, TwinRefusal):
            self.finish({"error": error.error})
            return
        code, message = {
            401: ("not-signed-in", "Please sign in first."),
            404: ("not-found", "There is nothing here, or nothing that you may see."),
        }.get(status_code, ("error", f"Arranged for a test: {status_code}."))
        self.finish({"error": {"code": code, "message": message, "details": {}}})

    def log_exception(self, *_: Any) -> None:
        """Stay silent: refusals are what tests ask for."""


class MeHandler(TwinHandler):
    def get(self) -> None:
        person = {"name": "ada", "display_name": "Ada", "time_zone": "UTC", "is_admin": False}
        self.finish({"person": person, "progress": self.twin.progress()})


class CoursesHandler(TwinHandler):
    def get(self) -> None:
        items = [
            {
                "course": {"slug": c.slug, "title": c.title, "description": c.description, "enrolment": "open"},
                "role": c.role,
                "assignments": [self.twin.work(c.slug, a) for a in c.assignments],
            }
            for c in self.twin.courses
        ]
        self.finish({"items": items})


class ReleaseHandler(TwinHandler):
    def get(self, course: str, assignment: str) -> None:
        self.finish(self.twin.release(course, assignment))


class SubmissionsHandler(TwinHandler):
    def post(self, course: str, assignment: str) -> None:
        self.set_status(202)
        self.finish(self.twin.take_in(course, assignment, json.loads(self.request.body)))


class DraftHandler(TwinHandler):
    def get(self, course: str, assignment: str) -> None:
        self.finish(self.twin.saved_draft(course, assignment))

    def post(self, course: str, assignment: str) -> None:
        self.twin.drafts.setdefault((course, assignment), {})
        self.finish(self.twin.saved_draft(course, assignment))

    def put(self, course: str, assignment: str) -> None:
        self.finish(self.twin.save_draft(course, assignment, json.loads(self.request.body)))

    def delete(self, course: str, assignment: str) -> None:
        self.twin.drafts.pop((course, assignment), None)
        self.finish(self.twin.saved_draft(course, assignment))


class SubmissionHandler(TwinHandler):
    def get(self, submission_id: str) -> None:
        if submission_id not in self.twin.submissions:
            raise web.HTTPError(404)
        self.finish(self.twin.submissions[submission_id])


class EchoHandler(TwinHandler):
    """For tests of forwarding: says what came in; the `html` one answers a page."""

    def get(self, kind: str) -> None:
        if kind == "html":
            self.finish("<script>alert(1)</script>")
        elif kind == "redirect":
            self.redirect("https://elsewhere.example/sign-in")
        else:
            self.finish({"uri": self.request.uri})

    post = put = patch = delete = get


class EventsHandler(TwinHandler):
    async def get(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.set_header("Content-Type", "text/event-stream")
        resume = self.request.headers.get("Last-Event-ID")
        if resume is not None:
            for event_id, kind, data in self.twin.events:
                if event_id > int(resume):
                    self.queue.put_nowait(format_event(event_id, kind, data))
        self.write("retry: 300\n\n")
        await self.flush()
        self.twin.streams.add(self)
        self.twin.opened += 1
        try:
            while (text := await self.queue.get()) is not None:
                self.write(text)
                await self.flush()
        except StreamClosedError:
            pass
        finally:
            self.twin.streams.discard(self)

    def on_connection_close(self) -> None:
        self.twin.streams.discard(self)
        if hasattr(self, "queue"):
            self.queue.put_nowait(None)


def make_app(twin: ServiceTwin) -> web.Application:
    """Return the twin's web application."""
    where = rf"{PREFIX}api/courses/([\w.-]+)/assignments/([\w.-]+)"
    handlers = [
        (rf"{PREFIX}api/me", MeHandler),
        (rf"{PREFIX}api/courses", CoursesHandler),
        (rf"{where}/release", ReleaseHandler),
        (rf"{where}/submissions", SubmissionsHandler),
        (rf"{where}/draft", DraftHandler),
        (rf"{PREFIX}api/submissions/([\w-]+)", SubmissionHandler),
        (rf"{PREFIX}api/events", EventsHandler),
        (rf"{PREFIX}api/echo/(\w+)", EchoHandler),
    ]
    settings: dict[str, Any] = {"log_function": lambda _handler: None}
    return web.Application([(path, handler, {"twin": twin}) for path, handler in handlers], **settings)


@contextlib.contextmanager
def running_twin(courses: list[TwinCourse] | None = None) -> Iterator[ServiceTwin]:
    """Run a twin on a port of its own, in a thread; `twin.url` is its NBQUEST_SERVICE_URL."""
    twin = ServiceTwin(courses)
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        server = httpserver.HTTPServer(make_app(twin))
        sockets = netutil.bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        twin.loop = loop
        twin.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}{PREFIX}"
        ready.set()
        await stop.wait()
        for stream in list(twin.streams):
            stream.queue.put_nowait(None)
        await asyncio.gather(*twin.tasks)
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield twin
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
