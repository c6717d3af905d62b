"""HTTP of submissions: handing in, what came of it; the pages of a course, of a result and of an instructor's list."""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from grader.feedback import content_policy
from nbquest.courses import api as courses
from nbquest.courses.errors import CourseNotFound
from nbquest.errors import InvalidInput, NotAllowed, NotFound
from nbquest.submissions import api
from nbquest.submissions.errors import SubmissionNotFound
from nbquest.submissions.quotas import site_quotas
from nbquest.submissions.views import CourseWork, Page, Submission
from nbquest.web.access import Caller, SignedIn, course_role
from nbquest.web.pages import render_page
from nbquest.web.site import BlobsDep, SessionDep, SiteDep

router = APIRouter(tags=["submissions"])
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

STAFF = ("mentor", "instructor")
AnyRole = Annotated[Caller, Depends(course_role("learner", "mentor", "instructor"))]
StaffOnly = Annotated[Caller, Depends(course_role("mentor", "instructor"))]
Slug = Annotated[str, Query(max_length=255)]
Cursor = Annotated[str | None, Query(max_length=500)]


class CourseWorkList(BaseModel):
    """The courses of one person."""

    items: list[CourseWork]


class HandedInNotebook(BaseModel):
    """One notebook, by its path in the assignment's folder."""

    path: str = Field(min_length=1, max_length=255)
    content_base64: str


class HandIn(BaseModel):
    """What is handed in. The same `key` twice makes one submission.

    `accept_penalty_percent`: how much of the points the learner agreed to lose where it is late. Late work that costs
    more than that, or anything without it, is refused with what it costs.
    """

    key: UUID
    accept_penalty_percent: Decimal | None = Field(default=None, ge=0, le=100)
    notebooks: list[HandedInNotebook] = Field(min_length=1, max_length=50)


@router.get("/api/courses", operation_id="list_courses")
def list_course_work(caller: SignedIn, session: SessionDep) -> CourseWorkList:
    """Return the courses that the caller may learn or teach, with their own state in each."""
    return CourseWorkList(items=api.list_course_work(session, caller.name))


@router.post("/api/courses/{course}/assignments/{assignment}/submissions", status_code=202, operation_id="submit")
def submit(
    *,
    course: str,
    assignment: str,
    hand_in: HandIn,
    caller: AnyRole,
    session: SessionDep,
    blobs: BlobsDep,
    site: SiteDep,
) -> Submission:
    """Store a submission and have it graded. The result comes as an event, and at `api/submissions/{id}`."""
    return api.submit(
        session,
        blobs,
        person=caller.name,
        course=course,
        assignment=assignment,
        notebooks=decode_notebooks(hand_in.notebooks),
        key=str(hand_in.key),
        max_bytes=site.settings.max_submission_mb * 2**20,
        quotas=site_quotas(site.settings),
        accept_penalty=None if hand_in.accept_penalty_percent is None else hand_in.accept_penalty_percent / 100,
    )


@router.get("/api/submissions", operation_id="list_submissions")
def list_submissions(
    *,
    caller: SignedIn,
    session: SessionDep,
    course: Slug | None = None,
    assignment: Slug | None = None,
    person: Slug | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=api.MAX_PAGE)] = 50,
) -> Page[Submission]:
    """Return submissions, newest first: the caller's own, or a whole course's for who teaches it."""
    if course is not None:
        _require_visible(session, caller, course)
    if course is not None and is_staff(session, caller, course):
        whose = person
    elif person in (None, caller.name) or caller.is_admin:
        whose = person or caller.name
    else:
        raise NotAllowed("Only mentors and instructors of a course see the submissions of others.")
    return api.list_submissions(session, course=course, assignment=assignment, person=whose, cursor=cursor, limit=limit)


@router.get("/api/submissions/{submission_id}", operation_id="get_submission")
def get_submission(submission_id: UUID, caller: SignedIn, session: SessionDep) -> Submission:
    """Return a submission of the caller's own, or of a course that they teach."""
    return _get_visible(session, caller, submission_id)


@pages.get("/courses/{course}")
def show_course(request: Request, course: str, caller: AnyRole, session: SessionDep) -> HTMLResponse:
    """Show a course and how far the caller is."""
    if courses.role_in_course(session, caller.name, course) is None:  # an administrator who looks in
        work = CourseWork(course=courses.get_course(session, course), role="instructor", assignments=[])
    else:
        work = api.get_course_work(session, caller.name, course)
    return render_page(request, "course.html", {"caller": caller, "work": work, "staff": caller.role in STAFF})


@pages.get("/submissions/{submission_id}")
def show_submission(
    request: Request, submission_id: UUID, caller: SignedIn, session: SessionDep, blobs: BlobsDep
) -> HTMLResponse:
    """Show what came of a submission."""
    submission = _get_visible(session, caller, submission_id)
    others = api.list_submissions(
        session, course=submission.course, assignment=submission.assignment, person=submission.person, limit=20
    )
    context = {
        "caller": caller,
        "submission": submission,
        "course": courses.get_course(session, submission.course),
        "others": others.items,
        "files": api.list_files(session, [submission_id])[submission_id],
        "previous": api.get_snapshot(session, submission_id).previous,
        "own": submission.person == caller.name,
        "feedback": list(api.get_feedback(session, blobs, submission_id)),
        "instructor": _is_instructor(session, caller, submission.course),
    }
    return render_page(request, "submission.html", context)


@pages.get("/submissions/{submission_id}/feedback")
def show_feedback(
    submission_id: UUID, notebook: Slug, caller: SignedIn, session: SessionDep, blobs: BlobsDep
) -> HTMLResponse:
    """Show a notebook as it ran, in the sandboxed frame of its result's page."""
    _get_visible(session, caller, submission_id)
    pages_by_notebook = api.get_feedback(session, blobs, submission_id)
    if notebook not in pages_by_notebook:
        raise NotFound("There is no feedback on this notebook.")
    return _feedback_response(pages_by_notebook[notebook])


@pages.get("/submissions/{submission_id}/feedback/full")
def show_full_feedback(
    submission_id: UUID, notebook: Slug, caller: SignedIn, session: SessionDep, blobs: BlobsDep
) -> HTMLResponse:
    """Show a notebook as it ran, hidden tests included. For instructors of its course."""
    submission = _get_visible(session, caller, submission_id)
    allowed = _is_instructor(session, caller, submission.course)
    page = api.get_instructor_feedback(session, blobs, submission_id, notebook) if allowed else None
    if page is None:
        raise NotFound("There is no such page, or none that you may see.")
    return _feedback_response(page.encode("utf-8", "replace"))


@pages.get("/instruct/{course}")
def show_submissions(
    *,
    request: Request,
    course: str,
    caller: StaffOnly,
    session: SessionDep,
    assignment: Slug = "",
    person: Slug = "",
    cursor: Cursor = None,
    again: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
) -> HTMLResponse:
    """Show the submissions of a course to who teaches it, 25 a page; `again`: how many were just put back."""
    page = api.list_submissions(
        session, course=course, assignment=assignment or None, person=person.strip() or None, cursor=cursor, limit=25
    )
    context: dict[str, Any] = {
        "caller": caller,
        "course": courses.get_course(session, course),
        "assignments": courses.list_assignments(session, course),
        "page": page,
        "held": api.list_set_aside(session, course) if caller.role == "instructor" else None,
        "again": again,
        "chosen": {"assignment": assignment, "person": person.strip(), "cursor": cursor or ""},
    }
    return render_page(request, "instruct.html", context)


def _feedback_response(page: bytes) -> HTMLResponse:
    # What a learner's code printed is in it: no script runs, nothing is loaded, and it is of no origin.
    policy = f"sandbox; {content_policy(page)}; frame-ancestors 'self'"
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


def _is_instructor(session: Session, caller: Caller, course: str) -> bool:
    return caller.is_admin or courses.role_in_course(session, caller.name, course) == "instructor"


def is_staff(session: Session, caller: Caller, course: str) -> bool:
    """Return whether the caller teaches the course, or is an administrator."""
    return caller.is_admin or courses.role_in_course(session, caller.name, course) in STAFF


def _require_visible(session: Session, caller: Caller, course: str) -> None:
    if not caller.is_admin and courses.find_role_in_course(session, caller.name, course) is None:
        raise CourseNotFound(course=course)


def _get_visible(session: Session, caller: Caller, submission_id: UUID) -> Submission:
    submission = api.get_submission(session, submission_id)
    if submission.person != caller.name and not is_staff(session, caller, submission.course):
        raise SubmissionNotFound
    return submission


def decode_notebooks(notebooks: list[HandedInNotebook]) -> dict[str, bytes]:
    """Return the contents by path. Raises InvalidInput."""
    decoded: dict[str, bytes] = {}
    for notebook in notebooks:
        if notebook.path in decoded:
            raise InvalidInput("The same notebook is there twice.", path=notebook.path)
        try:
            decoded[notebook.path] = base64.b64decode(notebook.content_base64, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidInput("A notebook's content is not base64.", path=notebook.path) from None
    return decoded
