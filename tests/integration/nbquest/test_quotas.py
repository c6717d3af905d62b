"""Quotas: checked before anything is stored, and counted as it is."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from nbquest.db import migrate
from nbquest.files.store import DIGITS, MemoryBlobStore
from nbquest.settings import Settings
from nbquest.submissions import api as submissions
from nbquest.submissions.errors import CourseQuotaExceeded, PersonQuotaExceeded
from nbquest.submissions.models import KeptBytesRow, SubmissionFileRow, SubmissionRow
from nbquest.submissions.quotas import Quotas, site_quotas
from tests.factories.courses import publish_squares


@pytest.fixture
def blobs(session: Session, tmp_path: Path) -> MemoryBlobStore:
    """A store in which the course `squares` of two assignments is published."""
    store = MemoryBlobStore()
    publish_squares(session, store, tmp_path, "first", "second")
    return store


def _submit(
    session: Session, blobs: MemoryBlobStore, quotas: Quotas, content: bytes, *, person: str = "ada", key: str = ""
) -> None:
    submissions.submit(
        session,
        blobs,
        person=person,
        course="squares",
        assignment="first",
        notebooks={"squares.ipynb": content},
        key=key or str(uuid4()),
        quotas=quotas,
    )


def _stored(blobs: MemoryBlobStore) -> int:
    return sum(len(blobs.list_blobs(digit)) for digit in DIGITS)


def test_a_person_may_keep_so_much_and_no_more(session: Session, blobs: MemoryBlobStore) -> None:
    """To the byte; what is refused leaves nothing; others are not concerned; a retry of what was taken is answered."""
    quotas = Quotas(person=100)
    _submit(session, blobs, quotas, b"x" * 60, key="first")
    before = _stored(blobs)
    with pytest.raises(PersonQuotaExceeded) as caught:
        _submit(session, blobs, quotas, b"y" * 41)
    assert caught.value.details == {"used": 60, "size": 41, "limit": 100}
    assert _stored(blobs) == before
    assert session.scalar(select(func.count()).select_from(SubmissionRow)) == 1
    _submit(session, blobs, quotas, b"y" * 41, person="bob")
    _submit(session, blobs, quotas, b"y" * 40)
    _submit(session, blobs, quotas, b"x" * 60, key="first")
    with pytest.raises(PersonQuotaExceeded):
        _submit(session, blobs, quotas, b"z")


def test_a_course_may_keep_so_much_of_all_people(session: Session, blobs: MemoryBlobStore) -> None:
    quotas = Quotas(course=100)
    _submit(session, blobs, quotas, b"x" * 60)
    _submit(session, blobs, quotas, b"x" * 40, person="bob")
    with pytest.raises(CourseQuotaExceeded) as caught:
        _submit(session, blobs, quotas, b"x", person="eve")
    assert caught.value.details == {"used": 100, "size": 1, "limit": 100}


def test_the_count_is_that_of_the_files(session: Session, blobs: MemoryBlobStore) -> None:
    """Also where it is made anew from them, by the migration."""
    for number in range(3):
        _submit(session, blobs, Quotas(), b"x" * (number + 10))
    _submit(session, blobs, Quotas(), b"x" * 7, person="bob")
    counted = session.execute(select(KeptBytesRow.bytes).order_by(KeptBytesRow.bytes)).scalars().all()
    assert counted == [7, 33]
    assert session.scalar(select(func.sum(SubmissionFileRow.size))) == sum(counted)
    session.commit()
    url = session.get_bind().url.render_as_string(hide_password=False)  # type: ignore[union-attr]
    migrate.downgrade(url, "0006")
    migrate.upgrade(url)
    found = session.execute(text("SELECT course_slug, bytes FROM kept_bytes ORDER BY bytes")).all()
    assert [tuple(row) for row in found] == [("squares", 7), ("squares", 33)]


def test_the_settings_say_mebibytes() -> None:
    assert site_quotas(Settings(quota_person_mb=3)) == Quotas(person=3 * 2**20)
    assert site_quotas(Settings(quota_person_mb=0, quota_course_mb=1)) == Quotas(course=2**20)
