"""Drafts: kept as they are saved, and handed in when they are due: once, in time, and only if need be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from nbquest import personal
from nbquest.courses import api as courses
from nbquest.courses.errors import CourseNotFound
from nbquest.db.engine import session_scope
from nbquest.errors import NbquestError
from nbquest.files.collecting import collect_blobs
from nbquest.files.errors import BlobStoreUnavailable
from nbquest.files.store import DIGITS, MemoryBlobStore, digest_of
from nbquest.identity import api as identity
from nbquest.notifications import api as notifications
from nbquest.submissions import api as submissions
from nbquest.submissions.errors import (
    DraftNotTaken,
    DraftNotWanted,
    DraftTooLate,
    DraftTooSoon,
    InvalidSubmission,
    PersonQuotaExceeded,
    SubmissionTooLarge,
)
from nbquest.submissions.extensions import Grant
from nbquest.submissions.models import DraftRow
from nbquest.submissions.quotas import Quotas
from nbquest.submissions.tasks import run_drafts
from nbquest.submissions.views import SavedDraft, Submission
from tests.factories.courses import squares_source, squares_submission, write_course

HOUR = timedelta(hours=1)
PLACE = {"person": "ada", "course": "squares", "assignment": "first"}
FIRST, SECOND, THIRD = (squares_submission(f"# {number}") for number in ("one", "two", "three"))


def _due(after: timedelta) -> str:
    """Return the key of an assignment that is due so long after now."""
    return f"due = {(datetime.now(UTC).replace(microsecond=0) + after).isoformat()}"


class Site:
    """A course of one assignment that is due in an hour, and the clock, which only moves by moving what is stored."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.blobs = MemoryBlobStore()
        self.folder = folder

    def publish(self, keys: str | None = None) -> None:
        """Publish it with these keys; without any it is due in an hour."""
        keys = _due(HOUR) if keys is None else keys
        manifest = f'title = "Squares"\n[[assignments]]\nslug = "first"\n{keys}\n'
        path = write_course(self.folder / "squares", {"first/squares.ipynb": squares_source()}, manifest)
        with session_scope(self.engine) as session:
            courses.publish_course(session, self.blobs, path, publisher="teacher", grader_options=GraderOptions())

    def want(self, person: str = "ada") -> SavedDraft:
        """Wish for it."""
        with session_scope(self.engine) as session:
            return submissions.want_draft(session, **PLACE | {"person": person})

    def save(self, content: bytes = FIRST, person: str = "ada", **options: Any) -> SavedDraft:
        """Send what was saved, as the extension does: with its content."""
        self.move(timedelta(seconds=10))
        given: dict[str, Any] = {
            "digests": {"squares.ipynb": digest_of(content)},
            "notebooks": {"squares.ipynb": content},
            "max_bytes": 10**6,
            "quotas": Quotas(),
        }
        with session_scope(self.engine) as session:
            return submissions.save_draft(session, self.blobs, **PLACE | {"person": person}, **given | options)

    def submit(self, content: bytes = FIRST, person: str = "ada") -> Submission:
        """Hand in by hand."""
        with session_scope(self.engine) as session:
            return submissions.submit(
                session,
                self.blobs,
                **PLACE | {"person": person},
                notebooks={"squares.ipynb": content},
                key=str(uuid4()),
                accept_penalty=Decimal(1),
            )

    def move(self, by: timedelta) -> None:
        """Let so much time pass: all that is stored is so much longer ago."""
        with session_scope(self.engine) as session:
            for table, column in (
                ("assignments", "due_at"),
                ("drafts", "saved_at"),
                ("submissions", "submitted_at"),
                ("policy_exceptions", "due_at"),
                ("assignment_fetches", "first_fetched_at"),
            ):
                session.execute(text(f"UPDATE {table} SET {column} = {column} - :by"), {"by": by})

    def extend(self, by: timedelta) -> int:
        """Give ada so much more time."""
        with session_scope(self.engine) as session:
            due = courses.get_policy(session, 1).due_at
            assert due is not None
            grant = Grant(person="ada", due_at=due + by, reason="ill")
            given = submissions.extend(session, "squares", "first", grant)
            return given.id

    def run(self) -> int:
        """Do what the worker does every minute."""
        return run_drafts(self.engine, self.blobs)

    def handed_in(self, person: str = "ada") -> list[Submission]:
        """Return what is handed in, oldest first."""
        with session_scope(self.engine) as session:
            return submissions.list_submissions(session, course="squares", person=person).items[::-1]

    def contents(self, person: str = "ada") -> list[bytes]:
        """Return the notebook of each submission, oldest first."""
        query = text(
            "SELECT sha256 FROM submission_files JOIN submissions ON id = submission_id JOIN people "
            "ON people.id = person_id WHERE name = :name ORDER BY submitted_at"
        )
        with session_scope(self.engine) as session:
            return [self.blobs.get(digest) for digest in session.scalars(query, {"name": person})]

    def told(self, person: str = "ada") -> list[tuple[str, str | None]]:
        """Return the notices: kind and reason."""
        with session_scope(self.engine) as session:
            found = notifications.list_notifications(session, person)
            return [(one.kind, one.payload.get("reason")) for one in found]


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """The course published, ada's wish made."""
    engine = sqlalchemy.create_engine(database_url)
    made = Site(engine, tmp_path)
    made.publish()
    made.want()
    yield made
    engine.dispose()


def _refusal(site: Site, content: bytes = FIRST, **options: Any) -> type[NbquestError]:
    with pytest.raises(NbquestError) as refused:
        site.save(content, **options)
    return refused.type


def test_what_was_saved_last_is_handed_in_when_it_is_due(site: Site) -> None:
    """In time, at the due moment, with a grading job and a notice; and never again."""
    assert site.save(FIRST).saved_at is not None
    site.save(SECOND)
    assert site.run() == 0
    site.move(2 * HOUR)
    assert site.run() == 1
    (made,) = site.handed_in()
    assert (made.late, made.number, made.state, made.penalty_percent) == (False, 1, "queued", 0)
    with session_scope(site.engine) as session:
        assert made.submitted_at == courses.get_policy(session, 1).due_at
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 1
        assert session.scalars(select(DraftRow.saved_at)).one() is None
    assert site.contents() == [SECOND]
    assert site.told() == [("submission.handed-in", None)]
    assert site.run() == 0
    assert len(site.handed_in()) == 1


def test_several_workers_hand_it_in_once(site: Site) -> None:
    site.save()
    site.move(2 * HOUR)
    done: list[int] = []
    workers = [threading.Thread(target=lambda: done.append(site.run())) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == [0, 0, 0, 1]
    assert len(site.handed_in()) == 1


def test_who_handed_in_since_hands_in_nothing_more(site: Site) -> None:
    """Nor who saved the very same again afterwards; no notice, for nothing happened."""
    site.save(FIRST)
    site.move(HOUR / 4)
    site.submit(SECOND)
    site.move(2 * HOUR)
    assert site.run() == 0
    assert (site.contents(), site.told()) == ([SECOND], [])


def test_the_same_again_is_nothing_new(site: Site) -> None:
    site.submit(FIRST)
    site.move(HOUR / 4)
    site.save(FIRST)
    site.move(2 * HOUR)
    assert site.run() == 0
    assert site.contents() == [FIRST]


def test_what_was_saved_after_handing_in_is_handed_in(site: Site) -> None:
    site.submit(FIRST)
    site.move(HOUR / 4)
    site.save(SECOND)
    site.move(2 * HOUR)
    assert site.run() == 1
    assert site.contents() == [FIRST, SECOND]


def test_a_worker_that_was_down_does_it_as_if_it_had_not_been(site: Site) -> None:
    """Days later, still in time; also where they handed in late meanwhile."""
    site.save(FIRST)
    site.move(72 * HOUR)
    late = site.submit(SECOND)
    assert late.late
    site.move(HOUR)
    assert site.run() == 1
    first, second = site.handed_in()
    assert (first.late, second.late, second.id) == (False, True, late.id)
    assert site.contents() == [FIRST, SECOND]


def test_nothing_is_kept_without_the_wish_and_nothing_after_it_was_taken_back(site: Site) -> None:
    assert _refusal(site, person="bob") is DraftNotWanted
    site.save()
    with session_scope(site.engine) as session:
        assert submissions.drop_draft(session, **PLACE).wanted is False
        assert session.scalar(text("SELECT count(*) FROM draft_files")) == 0
    assert _refusal(site) is DraftNotWanted
    site.move(2 * HOUR)
    assert (site.run(), site.handed_in(), site.told()) == (0, [], [])


def test_content_is_sent_once(site: Site) -> None:
    """Digests first: what the site has need not come again."""
    digests = {"squares.ipynb": digest_of(FIRST)}
    asked = site.save(digests=digests, notebooks={})
    assert (asked.missing, asked.saved_at) == (["squares.ipynb"], None)
    assert site.save(FIRST).missing == []
    again = site.save(digests=digests, notebooks={})
    assert again.missing == []
    assert again.saved_at is not None
    assert again.seconds_left is not None
    assert 0 < again.seconds_left < HOUR.total_seconds()


def test_what_is_kept_is_bounded(site: Site) -> None:
    """By the rules of a submission; and not again and again at once."""
    assert _refusal(site, max_bytes=100) is SubmissionTooLarge
    assert _refusal(site, quotas=Quotas(person=100)) is PersonQuotaExceeded
    assert _refusal(site, digests={"squares.ipynb": "0" * 64}) is InvalidSubmission
    assert _refusal(site, digests={"other.ipynb": digest_of(FIRST)}) is InvalidSubmission
    site.save(FIRST)
    with session_scope(site.engine) as session, pytest.raises(DraftTooSoon):
        submissions.save_draft(
            session,
            site.blobs,
            **PLACE,
            digests={"squares.ipynb": digest_of(SECOND)},
            notebooks={"squares.ipynb": SECOND},
            max_bytes=10**6,
            quotas=Quotas(),
        )


def test_old_drafts_are_collected_and_the_newest_is_not(site: Site) -> None:
    site.save(FIRST)
    site.save(SECOND)
    collect_blobs(site.engine, site.blobs, grace=timedelta(0))
    left = [site.blobs.get(blob.sha256) for digit in DIGITS for blob in site.blobs.list_blobs(digit)]
    assert SECOND in left
    assert FIRST not in left


def test_what_comes_after_the_grace_is_not_taken(site: Site) -> None:
    """Within it, it is; and what was saved in time stays what is handed in."""
    site.publish(_due(HOUR) + "\npolicy = { grace_seconds = 600 }")
    site.save(FIRST)
    site.move(HOUR + timedelta(minutes=5))
    assert site.run() == 0
    site.save(SECOND)
    site.move(timedelta(minutes=10))
    assert _refusal(site, THIRD) is DraftTooLate
    assert site.run() == 1
    (made,) = site.handed_in()
    assert (site.contents(), made.late) == ([SECOND], False)


def test_an_extension_counts_as_their_own_due_date(site: Site) -> None:
    """The draft waits for it; withdrawn, what was saved until everybody's date is handed in."""
    given = site.extend(48 * HOUR)
    site.save(FIRST)
    site.move(2 * HOUR)
    assert site.run() == 0
    with session_scope(site.engine) as session:
        submissions.withdraw_extension(session, given)
    assert site.run() == 1
    assert site.contents() == [FIRST]


def test_what_was_saved_under_a_withdrawn_extension_is_told_of(site: Site) -> None:
    """It can't count as in time any more; the learner hears so, and decides."""
    given = site.extend(48 * HOUR)
    site.move(2 * HOUR)
    site.save(FIRST)
    with session_scope(site.engine) as session:
        submissions.withdraw_extension(session, given)
    assert site.run() == 0
    ((kind, reason),) = site.told()
    assert kind == "draft.left"
    assert reason is not None
    assert "before you last saved it" in reason
    assert site.run() == 0


def test_a_later_date_after_it_was_handed_in_does_it_again(site: Site) -> None:
    """The wish stays, so that an extension given afterwards works as before."""
    site.save(FIRST)
    site.move(2 * HOUR)
    assert site.run() == 1
    site.extend(48 * HOUR)
    site.save(SECOND)
    site.move(72 * HOUR)
    assert site.run() == 1
    assert site.contents() == [FIRST, SECOND]


def test_a_later_due_date_for_all_is_waited_for(site: Site) -> None:
    site.save(FIRST)
    site.publish(_due(3 * HOUR))
    site.move(2 * HOUR)
    assert site.run() == 0
    site.move(2 * HOUR)
    assert site.run() == 1


def test_without_a_due_date_there_is_no_such_option(site: Site) -> None:
    """Nor after it, nor where no submission is left."""
    with session_scope(site.engine) as session:
        assert submissions.get_course_work(session, "ada", "squares").assignments[0].draft.hands_in_at is not None
    site.publish("")
    assert _refusal(site) is DraftNotTaken
    for keys in ("", _due(-HOUR)):
        site.publish(keys)
        with pytest.raises(DraftNotTaken):
            site.want("bob")
        with session_scope(site.engine) as session:
            assert submissions.get_course_work(session, "bob", "squares").assignments[0].draft.hands_in_at is None
    site.publish(_due(HOUR) + "\npolicy = { attempts = 1 }")
    site.submit(FIRST, "bob")
    with pytest.raises(DraftNotTaken):
        site.want("bob")


def test_the_time_of_an_exam_is_when_it_is_due(site: Site) -> None:
    """For each person from their own fetch on, before everybody's date."""
    site.publish(_due(9 * HOUR) + '\nexam = "2 hours"')
    with session_scope(site.engine) as session:
        courses.fetch_release(session, site.blobs, person="ada", course="squares", assignment="first")
    site.save(FIRST)
    site.move(HOUR)
    assert site.run() == 0
    site.save(SECOND)
    site.move(2 * HOUR)
    assert _refusal(site, THIRD) is DraftTooLate
    assert site.run() == 1
    assert site.contents() == [SECOND]
    assert not site.handed_in()[0].late


def test_what_the_policy_refuses_is_told_of(site: Site) -> None:
    """No submission is left: what they handed in themselves stays."""
    site.publish(_due(HOUR) + "\npolicy = { attempts = 1 }")
    site.submit(FIRST)
    site.move(HOUR / 4)
    site.save(SECOND)
    site.move(2 * HOUR)
    assert site.run() == 0
    ((kind, reason),) = site.told()
    assert (kind, reason) == (
        "draft.left",
        "Your one submission is used up. If you need another, ask your instructor.",
    )


def test_a_store_that_is_away_is_tried_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody else has to wait for it."""
    site.want("bob")
    site.save(FIRST)
    site.save(SECOND, "bob")
    site.move(2 * HOUR)

    class Away(MemoryBlobStore):
        def get(self, sha256: str) -> bytes:
            """Fail for what ada saved."""
            if sha256 == digest_of(FIRST):
                raise BlobStoreUnavailable("away")
            return site.blobs.get(sha256)

        def put(self, content: bytes) -> str:
            """Keep it."""
            return site.blobs.put(content)

    assert run_drafts(site.engine, Away()) == 1
    assert (site.handed_in(), site.contents("bob")) == ([], [SECOND])
    assert site.run() == 1
    assert site.contents() == [FIRST]


def test_who_left_the_course_hands_in_nothing(site: Site) -> None:
    """Nor can they wish for it, and a course of others is as if it weren't there."""
    site.save(FIRST)
    with session_scope(site.engine) as session:
        session.execute(text("UPDATE courses SET enrolment = 'closed'"))
    site.move(2 * HOUR)
    assert site.run() == 0
    assert site.told() == [("draft.left", "You are no longer in this course.")]
    with pytest.raises(CourseNotFound):
        site.want("bob")


def test_who_is_erased_leaves_no_draft(site: Site) -> None:
    site.save(FIRST)
    with session_scope(site.engine) as session:
        done = personal.erase_person(session, "ada")
    assert (done["drafts"], done["draft_files"]) == (1, 1)
    site.move(2 * HOUR)
    assert site.run() == 0
    with session_scope(site.engine) as session:
        assert identity.find_person_id(session, "ada") is None
        assert session.scalar(select(func.count()).select_from(DraftRow)) == 0


def test_wishing_again_changes_nothing(site: Site, session: Session) -> None:
    saved = site.save(FIRST)
    again = site.want()
    assert (again.wanted, again.saved_at) == (True, saved.saved_at)
    shown = submissions.get_draft(session, **PLACE)
    assert (shown.wanted, shown.saved_at, shown.hands_in_at) == (True, saved.saved_at, again.hands_in_at)
