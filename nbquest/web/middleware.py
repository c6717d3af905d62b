"""What wraps every request: an id and a log line, the outermost error net, security headers, limits."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nbquest.errors import NotFound
from nbquest.web.errors import BodyEncoded, BodyTooLarge

log = structlog.get_logger(__name__)

# No inline script or style, nothing from elsewhere, no plug-ins; frames only of and in our own origin.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


class RequestEdge:
    """Gives a request its id, logs it, and turns what nothing else caught into an answer with that id."""

    def __init__(self, app: ASGIApp, *, answer_error: Callable[[Request, Exception], Response]) -> None:
        self.app = app
        self.answer_error = answer_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(4)
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception as error:  # the process's edge: the request fails, the service goes on
                log.exception("request.failed", method=scope["method"], path=scope["path"])
                if status:
                    raise
                response = self.answer_error(Request(scope, receive), error)
                set_security_headers(response.headers)
                await response(scope, receive, send_with_id)
            finally:
                seconds = round(time.perf_counter() - started, 4)
                log.info("request", method=scope["method"], path=scope["path"], status=status, seconds=seconds)


class SecurityHeadersMiddleware:
    """Adds the security headers to each answer that does not bring its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                set_security_headers(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def set_security_headers(headers: MutableHeaders) -> None:
    """Add the security headers that are not there yet."""
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)


class PlainAddress:
    """Refuses addresses with a null character: no name has one, and the database can't be asked about it."""

    def __init__(self, app: ASGIApp, *, answer_error: Callable[[Request, Exception], Response]) -> None:
        self.app = app
        self.answer_error = answer_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            await self.answer_error(Request(scope, receive), NotFound())(scope, receive, send)
            return
        await self.app(scope, receive, send)


class BodyLimit:
    """Refuses bodies over `max_bytes`, also those that do not tell their length, and those that are compressed.

    What is compressed may be of any size; nothing here unpacks it.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, answer_error: Callable[[Request, Exception], Response]) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.answer_error = answer_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if Headers(scope=scope).get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            await self.answer_error(Request(scope, receive), BodyEncoded())(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told) > self.max_bytes:
            await self.answer_error(Request(scope, receive), BodyTooLarge())(scope, receive, send)
            return
        received = 0

        async def receive_some() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                # The one kind of error that passes through FastAPI's reading of a body as it is.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self.app(scope, receive_some, send)
