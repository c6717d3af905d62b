"""HTTP of similar passages: the report and two submissions side by side. For instructors of the course alone."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from nbquest.courses import api as courses
from nbquest.similarity import api
from nbquest.similarity.pairs import LEAST_PERCENT
from nbquest.similarity.views import Comparison, SimilarityReport
from nbquest.web.access import Caller, course_role
from nbquest.web.pages import render_page
from nbquest.web.site import BlobsDep, SessionDep

router = APIRouter(tags=["similarity"])
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

InstructorsOnly = Annotated[Caller, Depends(course_role("instructor"))]
LeastPercent = Annotated[int, Query(ge=1, le=100)]
Slug = Annotated[str, Query(max_length=255)]
STEPS = (10, 30, 50, 70, 90)
"""The shares that the page offers to begin the list at, in percent."""


@router.get("/api/courses/{course}/assignments/{assignment}/similarity", operation_id="report_similarity")
def report_similarity(
    *,
    course: str,
    assignment: str,
    caller: InstructorsOnly,
    session: SessionDep,
    blobs: BlobsDep,
    least_percent: LeastPercent = LEAST_PERCENT,
    apart_groups: bool = False,
) -> SimilarityReport:
    """Return which learners' submissions have passages in common, for which there may be many reasons.

    `apart_groups`: members of the same group of the course are not compared.
    """
    return api.report_similarity(
        session, blobs, course=course, assignment=assignment, least_percent=least_percent, apart_groups=apart_groups
    )


@router.get(
    "/api/courses/{course}/assignments/{assignment}/similarity/{left}/{right}", operation_id="compare_submissions"
)
def compare_submissions(
    *,
    course: str,
    assignment: str,
    left: UUID,
    right: UUID,
    caller: InstructorsOnly,
    session: SessionDep,
    blobs: BlobsDep,
) -> Comparison:
    """Return two of the compared submissions with the passages that both have."""
    return api.compare_submissions(session, blobs, course=course, assignment=assignment, left=left, right=right)


@pages.get("/instruct/{course}/similarity")
def show_report(
    *,
    request: Request,
    course: str,
    caller: InstructorsOnly,
    session: SessionDep,
    blobs: BlobsDep,
    assignment: Slug = "",
    least_percent: LeastPercent = LEAST_PERCENT,
    apart_groups: bool = False,
) -> HTMLResponse:
    """Show the pairs of an assignment that the reader chose."""
    report = None
    if assignment:
        report = api.report_similarity(
            session, blobs, course=course, assignment=assignment, least_percent=least_percent, apart_groups=apart_groups
        )
    context: dict[str, Any] = {
        "caller": caller,
        "course": courses.get_course(session, course),
        "assignments": courses.list_assignments(session, course),
        "report": report,
        "steps": sorted({*STEPS, least_percent}),
        "chosen": {"assignment": assignment, "least_percent": least_percent, "apart_groups": apart_groups},
    }
    return render_page(request, "similarity.html", context)


@pages.get("/instruct/{course}/similarity/{assignment}/{left}/{right}")
def show_comparison(
    *,
    request: Request,
    course: str,
    assignment: str,
    left: UUID,
    right: UUID,
    caller: InstructorsOnly,
    session: SessionDep,
    blobs: BlobsDep,
) -> HTMLResponse:
    """Show two submissions side by side."""
    comparison = api.compare_submissions(session, blobs, course=course, assignment=assignment, left=left, right=right)
    context = {"caller": caller, "course": courses.get_course(session, course), "comparison": comparison}
    return render_page(request, "comparison.html", context)
