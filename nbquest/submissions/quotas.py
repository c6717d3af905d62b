"""Quotas: how many bytes of submissions and drafts are kept, of one person and in one course."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.courses.quotas import QuotasEntry
from nbquest.settings import Settings
from nbquest.submissions.errors import CourseQuotaExceeded, PersonQuotaExceeded
from nbquest.submissions.models import KeptBytesRow

LOCKS = 0x71756F74
"""Class of the advisory locks (the letters of quot); the second number is made of a course's name."""
_HOLD = text("SELECT pg_advisory_xact_lock(:locks, hashtext(:course))")
IN_COURSE = "Your submissions take all the space that this course has for each person; ask its instructor for more."


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """Bytes that may be kept; None: any number.

    `person`: of one person in all courses. `person_in_course`: of one person in one course. `course`: of all people
    in one course.
    """

    person: int | None = None
    person_in_course: int | None = None
    course: int | None = None


def site_quotas(settings: Settings) -> Quotas:
    """Return the quotas of the site."""
    return Quotas(person=_bytes(settings.quota_person_mb), course=_bytes(settings.quota_course_mb))


def within_course(quotas: Quotas, asked: QuotasEntry) -> Quotas:
    """Return the site's quotas with those that a course asks for; never more than the site's."""
    wanted = _bytes(asked.course_mb)
    limits = [limit for limit in (quotas.course, wanted) if limit is not None]
    return replace(quotas, person_in_course=_bytes(asked.person_mb), course=min(limits, default=None))


def check_quotas(session: Session, quotas: Quotas, *, person_id: int, course: str, size: int) -> Quotas:
    """Return the quotas that hold in the course, for `require_course_quota`.

    Raises PersonQuotaExceeded or CourseQuotaExceeded where `size` bytes more would be too many. The person is held by
    the caller, so their quotas are exact; the course's is looked at without waiting for those who hand in meanwhile.
    """
    quotas = within_course(quotas, courses.get_quotas(session, course))
    if quotas.person is not None:
        used = _kept(session, person_id=person_id)
        if used + size > quotas.person:
            raise PersonQuotaExceeded(used=used, size=size, limit=quotas.person)
    if quotas.person_in_course is not None:
        used = _kept(session, person_id=person_id, course_slug=course)
        if used + size > quotas.person_in_course:
            raise PersonQuotaExceeded(IN_COURSE, used=used, size=size, limit=quotas.person_in_course)
    if quotas.course is not None:
        used = _kept(session, course_slug=course)
        if used + size > quotas.course:
            raise CourseQuotaExceeded(used=used, size=size, limit=quotas.course)
    return quotas


def require_course_quota(session: Session, quotas: Quotas, *, course: str, size: int) -> None:
    """Check the course's quota once more, with all that others count, when `size` bytes were counted here.

    It is the last thing that a transaction does: from here to its end others of the course wait at the same place, and
    nobody waits for anything else while they are held. Raises CourseQuotaExceeded.
    """
    if quotas.course is None:
        return
    session.flush()
    session.execute(_HOLD, {"locks": LOCKS, "course": course})
    # A statement of its own, which sees what was committed until now.
    used = _kept(session, course_slug=course)
    if used > quotas.course:
        raise CourseQuotaExceeded(used=used - size, size=size, limit=quotas.course)


def count_kept(session: Session, *, person_id: int, course: str, size: int) -> None:
    """Count `size` bytes more as kept, or fewer where it is below 0."""
    if size == 0:
        return
    statement = insert(KeptBytesRow).values(person_id=person_id, course_slug=course, bytes=size)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["course_slug", "person_id"], set_={"bytes": KeptBytesRow.bytes + statement.excluded.bytes}
        )
    )


def _kept(session: Session, **where: int | str) -> int:
    query = select(func.coalesce(func.sum(KeptBytesRow.bytes), 0)).filter_by(**where)
    return int(session.scalars(query).one())


def _bytes(mib: int | None) -> int | None:
    return mib * 2**20 if mib else None
