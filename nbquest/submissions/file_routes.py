"""HTTP of the files that people handed in or saved: each one's own, and those of a course for who teaches it.

A file is sent as it came, to be stored and not shown: what a learner wrote never runs in our origin.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.courses.errors import AssignmentNotFound
from nbquest.files.store import BlobStore
from nbquest.submissions import api
from nbquest.submissions.changes import compare_submissions
from nbquest.submissions.errors import SubmissionNotFound
from nbquest.submissions.kept import DraftFiles, Snapshot
from nbquest.submissions.routes import Cursor, Slug, is_staff
from nbquest.submissions.views import KeptFile
from nbquest.web.access import Caller, SignedIn
from nbquest.web.pages import render_page
from nbquest.web.site import BlobsDep, SessionDep

router = APIRouter(tags=["submissions"])
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

NOTEBOOK = "application/x-ipynb+json"
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
DRAFT_FILES = "/api/courses/{course}/assignments/{assignment}/draft/files"
VERSIONS = 25
"""Submissions on one page of versions."""
SENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {NOTEBOOK: {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "It is what `If-None-Match` names, by its SHA-256."},
}


class KeptFiles(BaseModel):
    """The notebooks of one submission."""

    items: list[KeptFile]


class KeptDraft(BaseModel):
    """The notebooks of a draft, and when they came; null where nothing is kept."""

    saved_at: datetime | None
    items: list[KeptFile]


@router.get("/api/submissions/{submission_id}/files", operation_id="list_submission_files")
def list_submission_files(submission_id: UUID, caller: SignedIn, session: SessionDep) -> KeptFiles:
    """Return what was handed in: of a submission of the caller's own, or of a course that they teach."""
    _require_visible(session, caller, submission_id)
    return KeptFiles(items=api.list_files(session, [submission_id])[submission_id])


@router.get(
    "/api/submissions/{submission_id}/files/{path:path}",
    operation_id="get_submission_file",
    response_class=Response,
    responses=SENT,
)
@pages.get("/submissions/{submission_id}/files/{path:path}", response_class=Response)
def get_submission_file(
    *, request: Request, submission_id: UUID, path: str, caller: SignedIn, session: SessionDep, blobs: BlobsDep
) -> Response:
    """Return a notebook exactly as it was handed in. Its ETag is its SHA-256."""
    _require_visible(session, caller, submission_id)
    return _send(request, blobs, api.find_file(api.list_files(session, [submission_id])[submission_id], path))


@router.get(DRAFT_FILES, operation_id="list_draft_files")
def list_draft_files(course: str, assignment: str, caller: SignedIn, session: SessionDep) -> KeptDraft:
    """Return what the caller last saved of the assignment, if they wish that it is handed in when it is due."""
    draft = _get_draft(session, caller, course, assignment)
    return KeptDraft(saved_at=draft.saved_at, items=draft.files)


@router.get(DRAFT_FILES + "/{path:path}", operation_id="get_draft_file", response_class=Response, responses=SENT)
@pages.get("/courses/{course}/assignments/{assignment}/draft/{path:path}", response_class=Response)
def get_draft_file(
    *,
    request: Request,
    course: str,
    assignment: str,
    path: str,
    caller: SignedIn,
    session: SessionDep,
    blobs: BlobsDep,
) -> Response:
    """Return a notebook of the caller's exactly as it was last saved. Its ETag is its SHA-256."""
    return _send(request, blobs, api.find_file(_get_draft(session, caller, course, assignment).files, path))


@pages.get("/courses/{course}/assignments/{assignment}/versions")
def show_versions(
    *,
    request: Request,
    course: str,
    assignment: str,
    caller: SignedIn,
    session: SessionDep,
    person: Slug = "",
    cursor: Cursor = None,
) -> HTMLResponse:
    """Show every version of somebody's work on an assignment: the draft, and each submission, newest first."""
    whose = person.strip() or caller.name
    own = whose == caller.name
    if not own:
        _require_staff(session, caller, course, assignment)
    # What isn't handed in yet is its owner's alone, whoever teaches.
    draft = _get_draft(session, caller, course, assignment) if own else None
    page = api.list_submissions(
        session, course=course, assignment=assignment, person=whose, cursor=cursor, limit=VERSIONS
    )
    context = {
        "caller": caller,
        "course": courses.get_course(session, course),
        "assignment": courses.get_assignment(session, course, assignment),
        "person": whose,
        "own": own,
        "draft": draft,
        "page": page,
        "files": api.list_files(session, [submission.id for submission in page.items]),
        "cursor": cursor,
    }
    return render_page(request, "versions.html", context)


@pages.get("/submissions/{submission_id}/changes")
def show_changes(
    request: Request, submission_id: UUID, caller: SignedIn, session: SessionDep, blobs: BlobsDep
) -> HTMLResponse:
    """Show what changed in the notebooks since the submission before."""
    snapshot = _require_visible(session, caller, submission_id)
    if snapshot.previous is None:
        raise SubmissionNotFound("This is the first submission: there is none before it to compare it with.")
    context = {
        "caller": caller,
        "snapshot": snapshot,
        "previous": api.get_snapshot(session, snapshot.previous),
        "course": courses.get_course(session, snapshot.course),
        "own": snapshot.person == caller.name,
        "notebooks": compare_submissions(
            api.read_files(session, blobs, snapshot.previous), api.read_files(session, blobs, submission_id)
        ),
    }
    return render_page(request, "changes.html", context)


def _require_visible(session: Session, caller: Caller, submission_id: UUID) -> Snapshot:
    snapshot = api.get_snapshot(session, submission_id)
    if snapshot.person != caller.name and not is_staff(session, caller, snapshot.course):
        raise SubmissionNotFound
    return snapshot


def _get_draft(session: Session, caller: Caller, course: str, assignment: str) -> DraftFiles:
    """Return the caller's draft, empty where there is none. A course without them is as if it weren't there."""
    if not caller.is_admin and courses.find_role_in_course(session, caller.name, course) is None:
        raise AssignmentNotFound(course=course, assignment=assignment)
    return api.list_draft_files(session, person=caller.name, course=course, assignment=assignment)


def _require_staff(session: Session, caller: Caller, course: str, assignment: str) -> None:
    if not is_staff(session, caller, course):
        raise AssignmentNotFound(course=course, assignment=assignment)
    courses.get_assignment(session, course, assignment)


def _send(request: Request, blobs: BlobStore, file: KeptFile) -> Response:
    etag = f'"{file.sha256}"'
    headers = {"ETag": etag, "Content-Security-Policy": POLICY}
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if etag in asked or "*" in asked:
        return Response(status_code=304, headers=headers)
    # Both forms of RFC 6266, with nothing left in either by which a name could say anything else in the header.
    name = file.path.rpartition("/")[2]
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(blobs.get(file.sha256), media_type=NOTEBOOK, headers=headers)
