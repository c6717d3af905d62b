"""HTTP of the queue: administrators see all of it, instructors what of their course could not be graded."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from nbquest.errors import InvalidInput
from nbquest.submissions import api
from nbquest.submissions.errors import SubmissionNotFound
from nbquest.submissions.operating import QueueOverview, SetAsideList
from nbquest.web.access import Administrator, Caller, course_role
from nbquest.web.pages import render_page
from nbquest.web.site import SessionDep, get_site

router = APIRouter(tags=["queue"])
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Instructor = Annotated[Caller, Depends(course_role("instructor"))]
Again = Annotated[int | None, Query(ge=0, lt=2**31)]


class GradeAgain(BaseModel):
    """What is graded again: these submissions that could not be graded, or `everything` that could not."""

    submissions: list[UUID] | None = Field(default=None, min_length=1, max_length=1000)
    everything: bool = False


class QueuedAgain(BaseModel):
    """How many submissions were put back into the queue."""

    count: int


@router.get("/api/queue", operation_id="get_queue")
def get_queue(caller: Administrator, session: SessionDep) -> QueueOverview:
    """Return who grades, what waits for whom, and what could not be graded."""
    return api.describe_queue(session)


@router.post("/api/queue/retry", operation_id="retry_queue")
def retry_queue(asked: GradeAgain, caller: Administrator, session: SessionDep) -> QueuedAgain:
    """Grade again what could not be graded, once its cause is mended."""
    return QueuedAgain(count=_retry(session, asked, course=None))


@router.get("/api/courses/{course}/set-aside", operation_id="list_set_aside")
def list_set_aside(course: str, caller: Instructor, session: SessionDep) -> SetAsideList:
    """Return what of the course could not be graded, newest first."""
    return api.list_set_aside(session, course)


@router.post("/api/courses/{course}/set-aside/retry", operation_id="retry_set_aside")
def retry_set_aside(course: str, asked: GradeAgain, caller: Instructor, session: SessionDep) -> QueuedAgain:
    """Grade again what of the course could not be graded."""
    return QueuedAgain(count=_retry(session, asked, course=course))


@pages.get("/operate/queue")
def show_queue(request: Request, caller: Administrator, session: SessionDep, again: Again = None) -> HTMLResponse:
    """Show who grades, what waits, and what could not be graded; `again`: how many were just put back."""
    context = {"caller": caller, "queue": api.describe_queue(session), "again": again}
    return render_page(request, "queue.html", context)


@pages.post("/operate/queue/retry")
def grade_again(
    request: Request,
    caller: Administrator,
    session: SessionDep,
    submission: Annotated[UUID | None, Form()] = None,
    everything: Annotated[bool, Form()] = False,
) -> Response:
    """Grade one or all again, and lead back to the queue."""
    count = _retry_form(session, submission, everything=everything, course=None)
    return RedirectResponse(f"{get_site(request).prefix}operate/queue?again={count}", status_code=303)


@pages.post("/instruct/{course}/retry")
def grade_again_in_course(
    *,
    request: Request,
    course: str,
    caller: Instructor,
    session: SessionDep,
    submission: Annotated[UUID | None, Form()] = None,
    everything: Annotated[bool, Form()] = False,
) -> Response:
    """Grade one or all of the course again, and lead back to its submissions."""
    count = _retry_form(session, submission, everything=everything, course=course)
    # The course is known by now, so its name is one of an address.
    return RedirectResponse(f"{get_site(request).prefix}instruct/{course}?again={count}", status_code=303)


def _retry_form(session: Session, submission: UUID | None, *, everything: bool, course: str | None) -> int:
    asked = GradeAgain(submissions=None if submission is None else [submission], everything=everything)
    # Somebody else was quicker: the page shows that there is nothing left to do.
    with suppress(SubmissionNotFound):
        return _retry(session, asked, course=course)
    return 0


def _retry(session: Session, asked: GradeAgain, *, course: str | None) -> int:
    if (asked.submissions is not None) == asked.everything:
        raise InvalidInput("Name the submissions to grade again, or ask for everything.")
    return api.retry_set_aside(session, asked.submissions, course=course)
