"""HTTP of regrades, for instructors: begin, look at what would change, apply or drop; by the API and on pages."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from nbquest.courses import api as courses
from nbquest.courses.errors import AssignmentNotFound
from nbquest.errors import NbquestError
from nbquest.progress import regrades
from nbquest.submissions import api as submissions
from nbquest.submissions.errors import (
    InvalidRegrade,
    RegradeEnded,
    RegradeNotNeeded,
    RegradeOpen,
    RegradeRunning,
    RegradeStale,
)
from nbquest.submissions.regrade_rules import Attempts
from nbquest.submissions.regrade_views import Regrade, RegradeReport
from nbquest.submissions.views import Page
from nbquest.web.access import Caller, course_role
from nbquest.web.pages import render_page
from nbquest.web.site import SessionDep, get_site

router = APIRouter(tags=["regrades"])
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Instructor = Annotated[Caller, Depends(course_role("instructor"))]
Number = Annotated[int, Path(ge=1, lt=2**63)]
Cursor = Annotated[str | None, Query(max_length=18)]
PAGE = 50


class StartRegrade(BaseModel):
    """What is regraded, and why. `attempts`: all submissions of each person, the latest, or the one that counts.

    The learners whose score or XP changes are told the reason when it is applied.
    """

    attempts: Attempts = "all"
    reason: str = Field(min_length=1, max_length=2000)


class ApplyRegrade(BaseModel):
    """How it is applied. `only_gains`: nobody loses; who would keeps the grade that they have."""

    only_gains: bool = False


@router.get("/api/courses/{course}/regrades", operation_id="list_regrades")
def list_regrades(
    course: str,
    caller: Instructor,
    session: SessionDep,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[Regrade]:
    """Return the course's regrades, newest first."""
    return submissions.list_regrades(session, course, cursor=cursor, limit=limit)


@router.post("/api/courses/{course}/assignments/{assignment}/regrades", status_code=202, operation_id="start_regrade")
def start_regrade(
    course: str, assignment: str, asked: StartRegrade, caller: Instructor, session: SessionDep
) -> Regrade:
    """Begin a regrade by the newest version as a dry run: nothing changes before it is applied."""
    return submissions.start_regrade(
        session, course=course, assignment=assignment, attempts=asked.attempts, reason=asked.reason, by=caller.name
    )


@router.get("/api/courses/{course}/regrades/{regrade}", operation_id="get_regrade")
def get_regrade(
    *,
    course: str,
    regrade: Number,
    caller: Instructor,
    session: SessionDep,
    only_gains: bool = False,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=regrades.MAX_PAGE)] = PAGE,
) -> RegradeReport:
    """Return a regrade with what it changes, person by person and cell by cell; those who lose come first."""
    return regrades.report_regrade(session, course, regrade, only_gains=only_gains, cursor=cursor, limit=limit)


@router.post("/api/courses/{course}/regrades/{regrade}/apply", operation_id="apply_regrade")
def apply_regrade(
    course: str, regrade: Number, asked: ApplyRegrade, caller: Instructor, session: SessionDep
) -> Regrade:
    """Let its grades count, and tell the learners whose score or XP changes. A second time changes nothing."""
    submissions.apply_regrade(session, course, regrade, by=caller.name, only_gains=asked.only_gains)
    return submissions.get_regrade(session, course, regrade)


@router.post("/api/courses/{course}/regrades/{regrade}/drop", operation_id="drop_regrade")
def drop_regrade(course: str, regrade: Number, caller: Instructor, session: SessionDep) -> Regrade:
    """Forget what it tried, also while it still grades; no grade changes."""
    submissions.drop_regrade(session, course, regrade, by=caller.name)
    return submissions.get_regrade(session, course, regrade)


@pages.get("/instruct/{course}/regrades")
def show_regrades(
    *,
    request: Request,
    course: str,
    caller: Instructor,
    session: SessionDep,
    assignment: Annotated[str, Query(max_length=255)] = "",
    cursor: Cursor = None,
) -> HTMLResponse:
    """Show the regrades of a course, and how to begin one."""
    return _list_page(request, course, caller, session, chosen={"assignment": assignment}, cursor=cursor)


@pages.post("/instruct/{course}/regrades")
def begin_regrade(
    *,
    request: Request,
    course: str,
    caller: Instructor,
    session: SessionDep,
    assignment: Annotated[str, Form(max_length=255)] = "",
    attempts: Annotated[Attempts, Form()] = "all",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Begin a regrade and lead to its page; what prevents it is said above the form."""
    try:
        with session.begin_nested():
            made = submissions.start_regrade(
                session, course=course, assignment=assignment, attempts=attempts, reason=reason, by=caller.name
            )
    except (InvalidRegrade, RegradeNotNeeded, RegradeOpen, AssignmentNotFound) as error:
        chosen = {"assignment": assignment, "attempts": attempts, "reason": reason}
        return _list_page(request, course, caller, session, chosen=chosen, problem=error)
    return _redirect(request, course, made.id)


@pages.get("/instruct/{course}/regrades/{regrade}")
def show_regrade(
    *,
    request: Request,
    course: str,
    regrade: Number,
    caller: Instructor,
    session: SessionDep,
    only_gains: bool = False,
    cursor: Cursor = None,
) -> HTMLResponse:
    """Show how far a regrade is, what it changes, and how to apply or drop it."""
    report = regrades.report_regrade(session, course, regrade, only_gains=only_gains, cursor=cursor, limit=PAGE)
    context = {
        "caller": caller,
        "course": courses.get_course(session, course),
        "report": report,
        "regrade": report.regrade,
        "cursor": cursor or "",
    }
    return render_page(request, "regrade.html", context)


@pages.post("/instruct/{course}/regrades/{regrade}/apply")
def confirm_regrade(
    *,
    request: Request,
    course: str,
    regrade: Number,
    caller: Instructor,
    session: SessionDep,
    only_gains: Annotated[bool, Form()] = False,
) -> Response:
    """Apply a regrade; where that can't be done, its page says why."""
    # Where it can't be applied, its page says so and why.
    with suppress(RegradeRunning, RegradeStale, RegradeEnded):
        submissions.apply_regrade(session, course, regrade, by=caller.name, only_gains=only_gains)
    return _redirect(request, course, regrade)


@pages.post("/instruct/{course}/regrades/{regrade}/drop")
def discard_regrade(
    request: Request, course: str, regrade: Number, caller: Instructor, session: SessionDep
) -> Response:
    """Drop a regrade; one that was applied meanwhile shows that it was."""
    with suppress(RegradeEnded):
        submissions.drop_regrade(session, course, regrade, by=caller.name)
    return _redirect(request, course, regrade)


def _list_page(
    request: Request,
    course: str,
    caller: Caller,
    session: SessionDep,
    *,
    chosen: dict[str, Any],
    cursor: str | None = None,
    problem: NbquestError | None = None,
) -> HTMLResponse:
    context = {
        "caller": caller,
        "course": courses.get_course(session, course),
        "assignments": courses.list_assignments(session, course),
        "page": submissions.list_regrades(session, course, cursor=cursor, limit=25),
        "chosen": {"assignment": "", "attempts": "all", "reason": "", **chosen},
        "cursor": cursor or "",
        "problem": problem,
    }
    return render_page(request, "regrades.html", context, status=200 if problem is None else problem.http_status)


def _redirect(request: Request, course: str, regrade: int) -> Response:
    # The course is known by now, so its name is one of an address.
    return RedirectResponse(f"{get_site(request).prefix}instruct/{course}/regrades/{regrade}", status_code=303)
