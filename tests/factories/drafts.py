"""Drafts, as a learner's server sends them."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from nbquest.files.store import BlobStore, digest_of
from nbquest.submissions import api as submissions
from nbquest.submissions.quotas import Quotas

UNLIMITED = Quotas()


def keep_draft(session: Session, blobs: BlobStore, person: str, content: bytes, *, quotas: Quotas = UNLIMITED) -> None:
    """Wish for a draft of the assignment `first` of `squares`, which is due in an hour then, and save it."""
    session.execute(text("UPDATE assignments SET due_at = now() + interval '1 hour'"))
    place = {"person": person, "course": "squares", "assignment": "first"}
    submissions.want_draft(session, **place)
    submissions.save_draft(
        session,
        blobs,
        **place,
        digests={"squares.ipynb": digest_of(content)},
        notebooks={"squares.ipynb": content},
        max_bytes=10**6,
        quotas=quotas,
    )
