"""HTTP of courses: what a learner fetches."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from nbquest.courses import api
from nbquest.courses.views import Release
from nbquest.web.access import course_role
from nbquest.web.site import BlobsDep, SessionDep

router = APIRouter(tags=["courses"])

ANY_ROLE = course_role("learner", "mentor", "instructor")


@router.get(
    "/api/courses/{course}/assignments/{assignment}/release",
    dependencies=[Depends(ANY_ROLE)],
    operation_id="get_release",
)
def get_release(course: str, assignment: str, session: SessionDep, blobs: BlobsDep) -> Release:
    """Return the newest version of an assignment, as learners fetch it: without solutions and hidden tests."""
    return api.get_release(session, blobs, course, assignment)
