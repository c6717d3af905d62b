"""Errors to answers, in one place: JSON of one shape for programs, a page in the site's own style for people."""

from __future__ import annotations

import math
from datetime import datetime
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from nbquest.clock import utc_now
from nbquest.errors import InvalidInput, NbquestError, NotFound, NotSignedIn
from nbquest.web import sign_in
from nbquest.web.errors import BodyTooLarge, DatabaseUnavailable
from nbquest.web.pages import render_page
from nbquest.web.site import get_site

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5
"""When to come back, of what is away for a while."""


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str
    message: str
    details: dict[str, Any]


class ErrorAnswer(BaseModel):
    """The one shape of every error."""

    error: ErrorBody


ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorAnswer, "description": "The request can't be carried out; the message says why."},
    "5XX": {
        "model": ErrorAnswer,
        "description": "Something failed on the site's side; the id in details is in its log.",
    },
}


class InternalError(NbquestError):
    """Something went wrong on our side. Nothing that was stored is lost; please try again."""

    code = "internal-error"


def install(app: FastAPI) -> None:
    """Map every kind of error once."""
    app.add_exception_handler(NbquestError, _on_nbquest_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(kind, _on_lost_database)


def answer_unexpected(request: Request, error: Exception) -> Response:
    """Answer what reached the edge; the caller has logged it."""
    return answer_error(request, error if isinstance(error, NbquestError) else InternalError())


def wants_page(request: Request) -> bool:
    """Return whether the request is a person's browser going to a page, not a program's."""
    under_api = request.url.path.startswith(get_site(request).prefix + "api/")
    return not under_api and "text/html" in request.headers.get("accept", "")


def answer_error(request: Request, error: NbquestError) -> Response:
    """Return the answer for an error: its status, its code, its message, and the id that the log knows."""
    request_id = str(getattr(request.state, "request_id", ""))
    details = dict(error.details)
    if error.http_status >= 500:
        details["id"] = request_id
    log.info("request.refused", code=error.code, status=error.http_status)
    if wants_page(request):
        return render_page(
            request,
            "error.html",
            {"error": error, "error_id": request_id},
            status=error.http_status,
        )
    body = ErrorAnswer(error=ErrorBody(code=error.code, message=error.message, details=details))
    return JSONResponse(body.model_dump(mode="json"), status_code=error.http_status, headers=_headers(error))


def _headers(error: NbquestError) -> dict[str, str]:
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "token"}
    if error.http_status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(RETRY_SECONDS)}
    moment = error.details.get("next_allowed_at")
    if error.http_status == HTTPStatus.TOO_MANY_REQUESTS and isinstance(moment, datetime):
        # Rounded up: who comes back then must not be told to wait again.
        return {"Retry-After": str(max(1, math.ceil((moment - utc_now()).total_seconds())))}
    return {}


async def _on_nbquest_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, NbquestError)
    if error.http_status >= 500:
        log.error("request.error", code=error.code, message=error.message, exc_info=error)
    if isinstance(error, NotSignedIn) and request.method == "GET" and wants_page(request):
        return sign_in.start(request)
    return answer_error(request, error)


async def _on_lost_database(request: Request, error: Exception) -> Response:
    # One line: a traceback for each request while the database is away would bury what matters.
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    log.error("database.unavailable", method=request.method, path=request.url.path, reason=said[0] if said else "")
    return answer_error(request, DatabaseUnavailable())


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [
        {"where": ".".join(str(part) for part in problem["loc"]), "problem": problem["msg"]}
        for problem in error.errors()
    ]
    return answer_error(request, InvalidInput(fields=fields[:20]))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer_error(request, NotFound())
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return answer_error(request, BodyTooLarge())
    return answer_error(request, _WebError(error.status_code))


class _WebError(NbquestError):
    """An error of HTTP itself, such as a method that a route does not have, under its own code and status."""

    code = "http-error"

    def __init__(self, status: int) -> None:
        phrase = HTTPStatus(status).phrase
        super().__init__(f"{phrase}.")
        # Of the instance here: the one error whose status is not its class's.
        self.code = phrase.lower().replace(" ", "-")  # type: ignore[misc]
        self.http_status = status  # type: ignore[misc]
