"""HTTP of drafts: wishing for one, sending what was saved, taking the wish back. Each learner's own alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from nbquest.submissions import api
from nbquest.submissions.quotas import site_quotas
from nbquest.submissions.routes import HandedInNotebook, decode_notebooks
from nbquest.submissions.views import SavedDraft
from nbquest.web.access import Caller, course_role
from nbquest.web.site import BlobsDep, SessionDep, SiteDep

router = APIRouter(tags=["submissions"])

AnyRole = Annotated[Caller, Depends(course_role("learner", "mentor", "instructor"))]
Path = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
DRAFT = "/api/courses/{course}/assignments/{assignment}/draft"


class SaveDraft(BaseModel):
    """What was saved: the SHA-256 of each notebook, and the content of those that the site doesn't have."""

    digests: dict[Path, Digest] = Field(min_length=1, max_length=50)
    notebooks: list[HandedInNotebook] = Field(default=[], max_length=50)


@router.get(DRAFT, operation_id="get_draft")
def get_draft(course: str, assignment: str, caller: AnyRole, session: SessionDep) -> SavedDraft:
    """Return what becomes of the caller's saved work when the assignment is due."""
    return api.get_draft(session, person=caller.name, course=course, assignment=assignment)


@router.post(DRAFT, operation_id="want_draft")
def want_draft(course: str, assignment: str, caller: AnyRole, session: SessionDep) -> SavedDraft:
    """Have what the caller last saved handed in when it is due, if they have not handed in since."""
    return api.want_draft(session, person=caller.name, course=course, assignment=assignment)


@router.put(DRAFT, operation_id="save_draft")
def save_draft(
    *,
    course: str,
    assignment: str,
    saved: SaveDraft,
    caller: AnyRole,
    session: SessionDep,
    blobs: BlobsDep,
    site: SiteDep,
) -> SavedDraft:
    """Keep what the caller saved in place of what was kept before. Send digests first: most often they are enough."""
    return api.save_draft(
        session,
        blobs,
        person=caller.name,
        course=course,
        assignment=assignment,
        digests=saved.digests,
        notebooks=decode_notebooks(saved.notebooks),
        max_bytes=site.settings.max_submission_mb * 2**20,
        quotas=site_quotas(site.settings),
    )


@router.delete(DRAFT, operation_id="drop_draft")
def drop_draft(course: str, assignment: str, caller: AnyRole, session: SessionDep) -> SavedDraft:
    """Take the wish back; what was kept for it is deleted."""
    return api.drop_draft(session, person=caller.name, course=course, assignment=assignment)
