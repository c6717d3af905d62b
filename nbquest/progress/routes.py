"""HTTP of progress: who the caller is and where they stand, and their home page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from nbquest.identity import api as identity
from nbquest.identity.views import Person
from nbquest.progress import api
from nbquest.progress.views import Progress
from nbquest.submissions import api as submissions
from nbquest.submissions.views import AssignmentWork, CourseWork
from nbquest.web.access import SignedIn
from nbquest.web.pages import render_page
from nbquest.web.site import SessionDep

router = APIRouter(tags=["progress"])
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class Me(BaseModel):
    """The caller, and where they stand."""

    person: Person
    progress: Progress


@router.get("/api/me", operation_id="get_me")
def get_me(caller: SignedIn, session: SessionDep) -> Me:
    """Return who the caller is and where they stand."""
    return Me(person=identity.get_person(session, caller.name), progress=api.get_progress(session, caller.name))


@pages.get("/")
def show_home(request: Request, caller: SignedIn, session: SessionDep) -> HTMLResponse:
    """Show a learner's home: what is next, their courses, their progress, their latest results."""
    courses = submissions.list_course_work(session, caller.name)
    steps = {work.course.slug: find_next(work) for work in courses}
    context = {
        "caller": caller,
        "courses": courses,
        "steps": steps,
        "first": choose_first([(work, steps[work.course.slug]) for work in courses if work.role == "learner"]),
        "progress": api.get_progress(session, caller.name),
        "latest": submissions.list_submissions(session, person=caller.name, limit=6).items,
    }
    return render_page(request, "home.html", context)


def find_next(work: CourseWork) -> AssignmentWork | None:
    """Return the first assignment without full marks that can be handed in and nothing is graded for right now."""
    open_ones = (
        item
        for item in work.assignments
        if item.state != "grading"
        and not item.standing.is_shut
        and (item.counted_score is None or item.counted_score < item.max_score)
    )
    return next(open_ones, None)


def choose_first(steps: list[tuple[CourseWork, AssignmentWork | None]]) -> tuple[CourseWork, AssignmentWork] | None:
    """Return the next step to show above all: the one due soonest, else one begun, else the first."""
    found = [(course, step) for course, step in steps if step is not None]
    if not found:
        return None
    dated = [(step.standing.due_at, course.course.slug) for course, step in found if step.standing.due_at]
    if dated:
        soonest = min(dated)[1]
        return next(pair for pair in found if pair[0].course.slug == soonest)
    return max(found, key=lambda pair: pair[1].submissions > 0 or any(a.submissions for a in pair[0].assignments))
