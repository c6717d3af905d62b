"""Quotas: how many bytes of submissions are kept, of one person and in one course."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nbquest.settings import Settings
from nbquest.submissions.errors import CourseQuotaExceeded, PersonQuotaExceeded
from nbquest.submissions.models import KeptBytesRow


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """Bytes that may be kept, of one person in all courses and of all people in one course; None: any number."""

    person: int | None = None
    course: int | None = None


def site_quotas(settings: Settings) -> Quotas:
    """Return the quotas of the site."""
    return Quotas(person=_bytes(settings.quota_person_mb), course=_bytes(settings.quota_course_mb))


def check_quotas(session: Session, quotas: Quotas, *, person_id: int, course: str, size: int) -> None:
    """Raise PersonQuotaExceeded or CourseQuotaExceeded where `size` bytes more would be too many.

    The person is held by the caller, so their quota is exact. A course's is not locked: of those who hand in at the
    same moment, each may pass before the others count.
    """
    if quotas.person is not None:
        used = _kept(session, KeptBytesRow.person_id == person_id)
        if used + size > quotas.person:
            raise PersonQuotaExceeded(used=used, size=size, limit=quotas.person)
    if quotas.course is not None:
        used = _kept(session, KeptBytesRow.course_slug == course)
        if used + size > quotas.course:
            raise CourseQuotaExceeded(used=used, size=size, limit=quotas.course)


def count_kept(session: Session, *, person_id: int, course: str, size: int) -> None:
    """Count `size` bytes more as kept."""
    statement = insert(KeptBytesRow).values(person_id=person_id, course_slug=course, bytes=size)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["course_slug", "person_id"], set_={"bytes": KeptBytesRow.bytes + statement.excluded.bytes}
        )
    )


def _kept(session: Session, condition: object) -> int:
    return int(session.scalar(select(func.coalesce(func.sum(KeptBytesRow.bytes), 0)).where(condition)) or 0)  # type: ignore[arg-type]  # a column's condition


def _bytes(mib: int) -> int | None:
    return mib * 2**20 if mib else None
