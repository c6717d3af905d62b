"""The server extension's addresses, under `<server>/nbquest/`. Every one needs sign-in; one error shape for all."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Awaitable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, ClassVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from jupyter_nbquest.errors import LabError, SiteRefused
from jupyter_nbquest.manager import LearningManager

AUTH_RESOURCE = "nbquest"
OWN_ARGUMENTS = ("token=", "_xsrf=", "no_track_activity=")  # meant for this server, not for the service
SLUG = r"([A-Za-z0-9][A-Za-z0-9._-]{0,99})"
ASSIGNMENT = rf"courses/{SLUG}/assignments/{SLUG}"
_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")


class NbquestHandler(APIHandler):
    """Base: finds the manager, and answers errors in nbquest's shape `{"error": {"code", "message", "details"}}`."""

    auth_resource = AUTH_RESOURCE

    @property
    def manager(self) -> LearningManager:
        """The server's manager."""
        manager: LearningManager = self.settings["nbquest_manager"]
        return manager

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer an error; unexpected ones carry a short id that the log knows too."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, LabError):
            status_code, code, message, details = error.http_status, error.code, error.message, error.details
        elif isinstance(error, web.HTTPError):
            code = HTTPStatus(status_code).phrase.lower().replace(" ", "-")
            message, details = error.log_message or HTTPStatus(status_code).phrase, {}
        elif isinstance(error, OSError):
            code, details = "files-not-usable", {"reason": error.strerror}
            message = f"Your files can't be used: {error.strerror}. Make room or mend the folder, then try again."
        else:
            reference = uuid.uuid4().hex[:8]
            self.log.error("Unexpected error %s in %s", reference, self.request.path)
            code, details = "unexpected", {"id": reference}
            message = f"Something unexpected went wrong in your server (id {reference}). Try again; nothing was lost."
        self.set_status(status_code)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"error": {"code": code, "message": message, "details": details}}))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what was not expected; what the learner is told anyway needs no traceback."""
        if isinstance(value, LabError):
            self.log.info("nbquest: %s (%s)", value.message, value.code)
        else:
            super().log_exception(typ, value, tb)

    def answer(self, data: Any, status: int = 200) -> None:
        """Answer `data` as JSON."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(data))


class LocalHandler(NbquestHandler):
    """What was fetched into this server."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List it."""
        self.answer({"items": [asdict(item) for item in await self.manager.list_local()]})


class CancellableHandler(NbquestHandler):
    """Base of long work that ends when the browser goes."""

    _task: asyncio.Future[Any] | None = None

    async def until_gone(self, work: Awaitable[Any]) -> Any:
        """Return what `work` returns; cancel it when the connection closes."""
        self._task = asyncio.ensure_future(work)
        return await self._task

    def on_connection_close(self) -> None:
        """The browser went: end the work."""
        super().on_connection_close()
        if self._task is not None:
            self._task.cancel()


class FetchHandler(NbquestHandler):
    """Brings an assignment's files in. Not cancelled half-way: a fetch that began is finished."""

    @web.authenticated
    @authorized
    async def post(self, course: str, assignment: str) -> None:
        """Fetch."""
        self.answer(asdict(await self.manager.fetch(course, assignment)))


class ValidateHandler(CancellableHandler):
    """Runs the visible tests here."""

    @web.authenticated
    @authorized
    async def post(self, course: str, assignment: str) -> None:
        """Validate."""
        try:
            validation = await self.until_gone(self.manager.validate(course, assignment))
        except asyncio.CancelledError:
            return
        self.answer(asdict(validation))


class SubmitHandler(NbquestHandler):
    """Sends the saved notebooks. Not cancelled half-way, so that the key of what was sent is settled."""

    @web.authenticated
    @authorized
    async def post(self, course: str, assignment: str) -> None:
        """Submit. What of its points the learner agreed to lose is the site's to judge, so it is passed on as it is."""
        body = self.get_json_body() or {}
        if not isinstance(body, dict):
            raise web.HTTPError(400, "The body must be a JSON object.")
        accepted = body.get("accept_penalty_percent")
        submission = await self.manager.submit(course, assignment, accept_penalty_percent=accepted)
        self.answer(submission, status=202)


class DraftHandler(NbquestHandler):
    """Notes whether what is saved is to be handed in when it is due."""

    @web.authenticated
    @authorized
    async def post(self, course: str, assignment: str) -> None:
        """Note the wish, or that it is taken back."""
        body = self.get_json_body()
        if not isinstance(body, dict) or not isinstance(body.get("wanted"), bool):
            raise web.HTTPError(400, "The body must be a JSON object that says what is wanted.")
        self.answer(await self.manager.wish_draft(course, assignment, wanted=body["wanted"]))


class ForwardHandler(NbquestHandler):
    """Passes requests to the same path of the service, with the user's own token."""

    async def _forward(self, path: str) -> None:
        if not all(_SEGMENT.fullmatch(segment) for segment in path.split("/")):
            raise web.HTTPError(404)
        body = self.request.body if self.request.method in {"POST", "PUT", "PATCH"} else None
        query = "&".join(part for part in self.request.query.split("&") if not part.startswith(OWN_ARGUMENTS))
        answer = await self.manager.client.request(str(self.request.method), f"api/{path}", query=query, body=body)
        if answer.status in {401, 403} and not answer.content_type.startswith("application/json"):
            raise SiteRefused(answer.status, "refused", "The site did not accept your session. Restart your server.")
        self.set_status(answer.status)
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        # Only JSON is passed on as what it is: anything else must not run in the server's origin.
        is_json = answer.content_type.startswith("application/json")
        content_type = "application/json" if is_json else "application/octet-stream"
        self.finish(answer.body or None, set_content_type=content_type)

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Forward a GET."""
        await self._forward(path)

    @web.authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Forward a POST."""
        await self._forward(path)

    @web.authenticated
    @authorized
    async def put(self, path: str) -> None:
        """Forward a PUT."""
        await self._forward(path)

    @web.authenticated
    @authorized
    async def patch(self, path: str) -> None:
        """Forward a PATCH."""
        await self._forward(path)

    @web.authenticated
    @authorized
    async def delete(self, path: str) -> None:
        """Forward a DELETE."""
        await self._forward(path)


class EventsHandler(CancellableHandler):
    """Passes the service's event stream on, and ends with whichever side ends first. The browser then reconnects."""

    _track_activity: ClassVar[bool] = False  # a window that only waits is no activity

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Stream."""
        try:
            await self.until_gone(self._pass_on())
        except asyncio.CancelledError:
            return

    async def _pass_on(self) -> None:
        # `after` is the way to resume for a window that opens a new EventSource: it can't set the header itself.
        resume = self.request.headers.get("Last-Event-ID") or self.get_query_argument("after", "")
        headers = {"Last-Event-ID": resume} if re.fullmatch(r"\d{1,18}", resume) else {}
        try:
            async with self.manager.client.stream("api/events", headers=headers) as parts:
                self.set_header("Content-Type", "text/event-stream")
                self.set_header("Cache-Control", "no-store")
                self.set_header("X-Accel-Buffering", "no")
                await self.flush()
                async for part in parts:
                    self.write(part)
                    await self.flush()
        except StreamClosedError:
            return
        except LabError:
            if not self._headers_written:
                raise
        await self.finish()


def make_handlers() -> list[tuple[str, type[NbquestHandler]]]:
    """Return all addresses below the server's base URL, which the extension's application puts before them."""
    prefix = "/nbquest"
    return [
        (rf"{prefix}/local", LocalHandler),
        (rf"{prefix}/{ASSIGNMENT}/fetch", FetchHandler),
        (rf"{prefix}/{ASSIGNMENT}/validate", ValidateHandler),
        (rf"{prefix}/{ASSIGNMENT}/submit", SubmitHandler),
        (rf"{prefix}/{ASSIGNMENT}/draft", DraftHandler),
        (rf"{prefix}/api/events", EventsHandler),
        (rf"{prefix}/api/(.+)", ForwardHandler),
    ]
