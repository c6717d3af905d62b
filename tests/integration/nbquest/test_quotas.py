"""Quotas: checked before anything is stored, and counted as it is."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from nbquest.db import migrate
from nbquest.db.engine import session_scope
from nbquest.files.store import DIGITS, MemoryBlobStore
from nbquest.settings import Settings
from nbquest.submissions import api as submissions
from nbquest.submissions import deadline
from nbquest.submissions.errors import CourseQuotaExceeded, PersonQuotaExceeded
from nbquest.submissions.models import DraftFileRow, KeptBytesRow, SubmissionFileRow, SubmissionRow
from nbquest.submissions.quotas import Quotas, site_quotas
from tests.factories.courses import publish_squares
from tests.factories.drafts import keep_draft

WAIT_SECONDS = 180


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


class _MeetingStore(MemoryBlobStore):
    """Keeps each blob only when so many are about to be kept."""

    def __init__(self, blobs: MemoryBlobStore, count: int) -> None:
        self._blobs = blobs._blobs
        self.meeting = threading.Barrier(count)
        self.reached = threading.Event()

    def put(self, content: bytes) -> str:
        self.reached.set()
        self.meeting.wait(WAIT_SECONDS)
        return super().put(content)


def _later(session: Session) -> None:
    """Let the pause between two drafts be over."""
    session.execute(text("UPDATE drafts SET saved_at = saved_at - interval '1 minute'"))


def _counted(session: Session) -> list[int]:
    return list(session.scalars(select(KeptBytesRow.bytes).order_by(KeptBytesRow.bytes)))


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


def test_a_course_may_ask_for_less(session: Session, blobs: MemoryBlobStore) -> None:
    """Of one person, and of all; never for more than the site gives, whatever it asked for when that was more."""
    session.execute(text("""UPDATE courses SET quotas = '{"person_mb": 1, "course_mb": 2}'"""))
    half = 2**19
    _submit(session, blobs, Quotas(), b"x" * half)
    _submit(session, blobs, Quotas(), b"y" * half)
    with pytest.raises(PersonQuotaExceeded) as caught:
        _submit(session, blobs, Quotas(), b"z")
    assert caught.value.details == {"used": 2**20, "size": 1, "limit": 2**20}
    assert "this course" in caught.value.message
    _submit(session, blobs, Quotas(), b"x" * half, person="bob")
    _submit(session, blobs, Quotas(), b"x" * half, person="eve")
    with pytest.raises(CourseQuotaExceeded) as refused:
        _submit(session, blobs, Quotas(), b"z", person="mal")
    assert refused.value.details["limit"] == 2**21
    with pytest.raises(CourseQuotaExceeded) as lower:
        _submit(session, blobs, Quotas(course=2**20), b"z", person="mal")
    assert lower.value.details["limit"] == 2**20


def test_a_draft_counts_until_it_is_replaced_or_handed_in(session: Session, blobs: MemoryBlobStore) -> None:
    """To the byte, and the count ends where the files do; who is above can still save what is smaller."""
    quotas = Quotas(person=100)
    keep_draft(session, blobs, "ada", b"x" * 60, quotas=quotas)
    with pytest.raises(PersonQuotaExceeded) as caught:
        _submit(session, blobs, quotas, b"y" * 41)
    assert caught.value.details == {"used": 60, "size": 41, "limit": 100}
    _later(session)
    keep_draft(session, blobs, "ada", b"x" * 100, quotas=quotas)
    _later(session)
    with pytest.raises(PersonQuotaExceeded):
        keep_draft(session, blobs, "ada", b"x" * 101, quotas=quotas)
    keep_draft(session, blobs, "ada", b"x" * 20, quotas=Quotas(person=5))
    _submit(session, blobs, quotas, b"y" * 80)
    assert _counted(session) == [100]
    submissions.drop_draft(session, person="ada", course="squares", assignment="first")
    assert _counted(session) == [80]
    assert session.scalar(select(func.count()).select_from(DraftFileRow)) == 0


def test_what_is_handed_in_when_it_is_due_is_counted_once(session: Session, blobs: MemoryBlobStore) -> None:
    """The submission takes the draft's place, also where nothing more would fit."""
    keep_draft(session, blobs, "ada", b"x" * 100, quotas=Quotas(person=100))
    session.execute(text("UPDATE drafts SET saved_at = now() - interval '2 hours'"))
    session.execute(text("UPDATE assignments SET due_at = now() - interval '1 hour'"))
    (due,) = deadline.list_due(session)
    assert deadline.hand_in_draft(session, blobs, due) is not None
    assert _counted(session) == [100]
    assert session.scalar(select(func.sum(SubmissionFileRow.size))) == 100
    assert session.scalar(select(func.count()).select_from(DraftFileRow)) == 0


def test_a_courses_quota_is_exact_when_many_hand_in_at_the_same_moment(
    session: Session, blobs: MemoryBlobStore, database_url: str
) -> None:
    """Of 16 who all pass the first look, as many as fit get in, and the others leave no row."""
    session.commit()
    crowd, fit = 16, 5
    engine = sqlalchemy.create_engine(database_url, pool_size=crowd)
    waiting = _MeetingStore(blobs, crowd)

    def hand_in(number: int) -> object:
        """Return why it was refused, None where it wasn't."""
        try:
            with session_scope(engine) as own:
                _submit(own, waiting, Quotas(course=fit * 10 + 9), b"%010d" % number, person=f"learner-{number}")
        except CourseQuotaExceeded as error:
            return error.details
        return None

    with ThreadPoolExecutor(crowd) as threads:
        refused = [details for details in threads.map(hand_in, range(crowd)) if details is not None]
    engine.dispose()
    assert refused == [{"used": fit * 10, "size": 10, "limit": fit * 10 + 9}] * (crowd - fit)
    assert session.scalar(select(func.count()).select_from(SubmissionRow)) == fit
    assert session.scalar(select(func.sum(KeptBytesRow.bytes))) == fit * 10


def test_nobody_waits_for_anothers_whole_submission(
    session: Session, blobs: MemoryBlobStore, database_url: str
) -> None:
    """While one person's files are on their way to a slow store, others of the course come and go."""
    session.commit()
    engine = sqlalchemy.create_engine(database_url)
    slow = _MeetingStore(blobs, 2)
    quotas = Quotas(course=10_000)

    def hand_in_slowly() -> None:
        with session_scope(engine) as own:
            _submit(own, slow, quotas, b"slow", person="slow")

    with ThreadPoolExecutor(1) as threads:
        begun = threads.submit(hand_in_slowly)
        assert slow.reached.wait(WAIT_SECONDS)
        with session_scope(engine) as own:
            _submit(own, blobs, quotas, b"quick", person="quick")
        assert not begun.done()  # it waits for the second, which comes only now
        slow.meeting.wait(WAIT_SECONDS)
        begun.result(WAIT_SECONDS)
    engine.dispose()
    assert session.scalar(select(func.count()).select_from(SubmissionRow)) == 2


def test_the_count_is_that_of_the_files(session: Session, blobs: MemoryBlobStore) -> None:
    """Also where it is made anew from them, by the migration."""
    for number in range(3):
        _submit(session, blobs, Quotas(), b"x" * (number + 10))
    _submit(session, blobs, Quotas(), b"x" * 7, person="bob")
    keep_draft(session, blobs, "ada", b"x" * 500)
    counted = _counted(session)
    assert counted == [7, 533]
    files = sum(session.scalar(select(func.sum(table.size))) or 0 for table in (SubmissionFileRow, DraftFileRow))
    assert files == sum(counted)
    session.commit()
    url = session.get_bind().url.render_as_string(hide_password=False)  # type: ignore[union-attr]
    found = text("SELECT course_slug, bytes FROM kept_bytes ORDER BY bytes")
    for revision, then in (("0014", [7, 33]), ("0014", [7, 33]), ("0006", None)):
        migrate.downgrade(url, revision)
        if then is not None:
            assert [tuple(row) for row in session.execute(found)] == [("squares", size) for size in then]
            session.commit()
        migrate.upgrade(url)
        # To before there were drafts, they are lost, and so is what they counted.
        expected = [7, 533] if then is not None else [7, 33]
        assert [tuple(row) for row in session.execute(found)] == [("squares", size) for size in expected]
        session.commit()


def test_the_settings_say_mebibytes() -> None:
    assert site_quotas(Settings(quota_person_mb=3)) == Quotas(person=3 * 2**20)
    assert site_quotas(Settings(quota_person_mb=0, quota_course_mb=1)) == Quotas(course=2**20)
