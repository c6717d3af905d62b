"""HTTP of courses: what a learner fetches, and what an instructor is told about their tests."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from nbquest.courses import api
from nbquest.courses.views import AssignmentCertificates, Release
from nbquest.web.access import Caller, course_role
from nbquest.web.pages import render_page
from nbquest.web.site import BlobsDep, SessionDep

router = APIRouter(tags=["courses"])
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

AnyRole = Annotated[Caller, Depends(course_role("learner", "mentor", "instructor"))]
StaffOnly = Annotated[Caller, Depends(course_role("mentor", "instructor"))]


class CertificateList(BaseModel):
    """How a course's assignments are graded, in order."""

    items: list[AssignmentCertificates]


@router.get("/api/courses/{course}/assignments/{assignment}/release", operation_id="get_release")
def get_release(course: str, assignment: str, caller: AnyRole, session: SessionDep, blobs: BlobsDep) -> Release:
    """Return the newest version of an assignment, as learners fetch it: without solutions and hidden tests."""
    return api.fetch_release(
        session, blobs, person=caller.name, course=course, assignment=assignment, early=caller.role != "learner"
    )


@router.get("/api/courses/{course}/certificates", operation_id="list_certificates")
def list_certificates(course: str, caller: StaffOnly, session: SessionDep) -> CertificateList:
    """Return how each assignment's tests run, why, and what its author should look at. For who teaches the course."""
    return CertificateList(items=api.list_certificates(session, course))


@pages.get("/instruct/{course}/tests")
def show_certificates(request: Request, course: str, caller: StaffOnly, session: SessionDep) -> HTMLResponse:
    """Show how each assignment's tests run, why, and what its author should look at."""
    context = {
        "caller": caller,
        "course": api.get_course(session, course),
        "assignments": api.list_certificates(session, course),
    }
    return render_page(request, "certificates.html", context)
