"""HTTP of extensions, for instructors: give, list, withdraw; by the API, and on a page by the course's own clocks."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session
from starlette.responses import Response

from nbquest.courses import api as courses
from nbquest.courses.errors import AssignmentNotFound
from nbquest.courses.local_time import find_zone, to_utc
from nbquest.errors import NbquestError
from nbquest.identity import api as identity
from nbquest.identity.errors import PersonNotFound
from nbquest.submissions import api
from nbquest.submissions.errors import ExtensionNotFound, InvalidExtension
from nbquest.submissions.extensions import MOST_ATTEMPTS, MOST_MINUTES, MOST_REASON, Extension, Grant
from nbquest.submissions.views import Page
from nbquest.web.access import Caller, course_role
from nbquest.web.pages import render_page
from nbquest.web.site import SessionDep, get_site

router = APIRouter(tags=["extensions"])
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Instructor = Annotated[Caller, Depends(course_role("instructor"))]
Number = Annotated[int, Path(ge=1, lt=2**63)]
Cursor = Annotated[str | None, Query(max_length=18)]
PAGE = 25


class ExtensionForm(BaseModel):
    """What the page's form sends: everything as it was typed, times by the clocks of `zone`."""

    model_config = ConfigDict(extra="ignore", str_max_length=2000)

    assignment: str = ""
    person: str = ""
    group: str = ""
    due_at: str = ""
    late_until: str = ""
    extra_attempts: str = ""
    extra_minutes: str = ""
    waives_penalty: bool = False
    reason: str = ""
    zone: str = ""

    def to_grant(self) -> Grant:
        """Return what is to be given. Raises InvalidExtension."""
        zone = find_zone(self.zone)
        if zone is None:
            raise InvalidExtension("This form names no time zone that there is: open it anew.")
        return Grant(
            person=self.person.strip() or None,
            group=self.group.strip() or None,
            due_at=_read_moment("Due date", self.due_at, zone),
            late_until=_read_moment("Late work until", self.late_until, zone),
            extra_attempts=_read_count("More submissions", self.extra_attempts, MOST_ATTEMPTS),
            extra_minutes=_read_count("More minutes", self.extra_minutes, MOST_MINUTES),
            waives_penalty=self.waives_penalty,
            reason=self.reason,
        )


@router.get("/api/courses/{course}/extensions", operation_id="list_extensions")
def list_extensions(
    course: str,
    caller: Instructor,
    session: SessionDep,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[Extension]:
    """Return all that was given in the course, newest first, what was withdrawn too."""
    return api.list_extension_history(session, course, cursor=cursor, limit=limit)


@router.post("/api/courses/{course}/assignments/{assignment}/extensions", status_code=201, operation_id="extend")
def extend(course: str, assignment: str, grant: Grant, caller: Instructor, session: SessionDep) -> Extension:
    """Give a person or a group more than everybody has. What they were late with before costs less at once."""
    return api.extend(session, course, assignment, grant, by=caller.name)


@router.post("/api/courses/{course}/extensions/{extension}/withdraw", operation_id="withdraw_extension")
def withdraw_extension(course: str, extension: Number, caller: Instructor, session: SessionDep) -> Extension:
    """Let an extension hold no more. What was handed in under it keeps what it has."""
    return api.withdraw_extension(session, extension, course=course, by=caller.name)


@pages.get("/instruct/{course}/extensions")
def show_extensions(
    *,
    request: Request,
    course: str,
    caller: Instructor,
    session: SessionDep,
    assignment: Annotated[str, Query(max_length=255)] = "",
    person: Annotated[str, Query(max_length=255)] = "",
    cursor: Cursor = None,
    given: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> HTMLResponse:
    """Show the extensions of a course, and how to give one; `given`: the one that was given just now."""
    form = ExtensionForm(assignment=assignment, person=person)
    return _page(request, course, caller, session, form, cursor=cursor, given=given)


@pages.post("/instruct/{course}/extensions")
def give_extension(
    request: Request, course: str, caller: Instructor, session: SessionDep, form: Annotated[ExtensionForm, Form()]
) -> Response:
    """Give an extension and lead back to the list; what prevents it is said above the form, which keeps what it had."""
    try:
        with session.begin_nested():
            made = api.extend(session, course, form.assignment, form.to_grant(), by=caller.name)
    except (InvalidExtension, AssignmentNotFound, PersonNotFound) as error:
        return _page(request, course, caller, session, form, problem=error)
    # The course is known by now, so its name is one of an address.
    return RedirectResponse(f"{get_site(request).prefix}instruct/{course}/extensions?given={made.id}", status_code=303)


@pages.post("/instruct/{course}/extensions/{extension}/withdraw")
def take_away(request: Request, course: str, extension: Number, caller: Instructor, session: SessionDep) -> Response:
    """Withdraw an extension; one that somebody else withdrew meanwhile shows that it was."""
    with suppress(ExtensionNotFound):
        api.withdraw_extension(session, extension, course=course, by=caller.name)
    return RedirectResponse(f"{get_site(request).prefix}instruct/{course}/extensions", status_code=303)


def _page(
    request: Request,
    course: str,
    caller: Caller,
    session: Session,
    form: ExtensionForm,
    *,
    cursor: str | None = None,
    given: int | None = None,
    problem: NbquestError | None = None,
) -> HTMLResponse:
    found = courses.get_course(session, course)
    assignments = courses.list_assignments(session, course)
    page = api.list_extension_history(session, course, cursor=cursor, limit=PAGE)
    policies = {entry.slug: entry.policy for entry in courses.list_policies(session, course)}
    zone = found.time_zone or identity.get_person(session, caller.name).time_zone
    context: dict[str, Any] = {
        "caller": caller,
        "course": found,
        "assignments": assignments,
        "titles": {assignment.slug: assignment.title for assignment in assignments},
        "policies": policies,
        "groups": identity.list_course_groups(session, course),
        "page": page,
        "form": form,
        "zone": zone,
        "zone_is_the_courses": found.time_zone is not None,
        "most_reason": MOST_REASON,
        "cursor": cursor or "",
        "given": next((one for one in page.items if one.id == given), None),
        "problem": problem,
    }
    return render_page(request, "extensions.html", context, status=200 if problem is None else problem.http_status)


def _read_moment(what: str, text: str, zone: ZoneInfo) -> datetime | None:
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidExtension(f"{what}: it needs a date and a time, as in 2027-03-10 23:59.") from None
    try:
        return to_utc(moment, zone)
    except ValueError as error:
        raise InvalidExtension(f"{what}: {error}.") from None


def _read_count(what: str, text: str, most: int) -> int:
    if not text.strip():
        return 0
    if not (text.strip().isdecimal() and text.isascii() and int(text) <= most):
        raise InvalidExtension(f"{what}: it needs a whole number from 0 to {most}.")
    return int(text)
