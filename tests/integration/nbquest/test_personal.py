"""All that is kept of a person can be handed out and erased: every table, every row, nothing of others."""

from __future__ import annotations

import json
import stat
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, Table, func, select, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from grader.grading import GradeOutcome
from nbquest import personal, rooms
from nbquest.cli.person import ExportTargetTaken, UnusablePath, writing_to
from nbquest.db.base import Base
from nbquest.db.engine import session_scope
from nbquest.db.personal import PersonalTable, read_rows
from nbquest.files.collecting import collect_blobs
from nbquest.files.store import DIGITS, MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.identity.errors import PersonNotFound
from nbquest.similarity import api as similarity
from nbquest.submissions import api as submissions
from nbquest.submissions.errors import TooManyWaiting
from nbquest.submissions.models import AttemptRow
from tests.factories.courses import SOLUTION, outcome, publish_squares, squares_submission
from tests.factories.drafts import keep_draft

ADA = "ada-lovelace"
FETCHED = """
INSERT INTO assignment_fetches (assignment_id, person_id, first_fetched_at)
SELECT assignments.id, people.id, now() FROM assignments, people WHERE people.name = :name
ON CONFLICT DO NOTHING
"""
EXTENDED = """
INSERT INTO policy_exceptions (assignment_id, person_id, extra_attempts, reason, granted_at)
SELECT assignments.id, people.id, 1, 'ill', now() FROM assignments, people WHERE people.name = :name
"""
REGRADED = """
WITH made AS (
    INSERT INTO regrades
        (assignment_id, version_id, attempts, reason, state, started_by, started_at, ended_by, ended_at)
    SELECT versions.assignment_id, versions.id, 'all', 'mended', 'applied', people.id, now(), people.id, now()
    FROM assignment_versions AS versions, people WHERE people.name = :name
    RETURNING id, started_by
)
INSERT INTO regrade_changes (regrade_id, person_id, counted_before, counted_after) SELECT id, started_by, 1, 2 FROM made
"""


@pytest.fixture
def blobs(session: Session, tmp_path: Path) -> MemoryBlobStore:
    """A store with a course of `teacher`'s in which two people have graded and waiting work."""
    store = MemoryBlobStore()
    publish_squares(session, store, tmp_path)
    for person in (ADA, "bob"):
        _submit(session, store, person)
        attempt = session.scalars(select(func.max(AttemptRow.id))).one()
        submissions.start_attempt(session, attempt)
        graded = outcome({"visible": (2, 2), "hidden": (3, 3)})
        full = GradeOutcome(
            report=graded.report,
            executed_notebook=f"executed {person}".encode(),
            feedback_html=f"feedback {person}",
            details=f"hidden {person}".encode(),
        )
        submissions.record_outcome(session, attempt, {"squares.ipynb": full}, blobs=store)
        _submit(session, store, person, "# waits")
        identity.set_course_role(session, person, "squares", "learner")
        identity.set_group_member(session, person, "squares", "tuesday")
        for statement in (FETCHED, EXTENDED, REGRADED):
            session.execute(text(statement), {"name": person})
        keep_draft(session, store, person, squares_submission(f"# a draft of {person}"))
    similarity.report_similarity(session, store, course="squares", assignment="first")
    session.execute(
        text("UPDATE assignment_versions SET published_by = (SELECT id FROM people WHERE name = :ada)"), {"ada": ADA}
    )
    session.commit()
    return store


def _submit(session: Session, blobs: MemoryBlobStore, person: str, more: str = "") -> None:
    submissions.submit(
        session,
        blobs,
        person=person,
        course="squares",
        assignment="first",
        notebooks={"squares.ipynb": squares_submission(f"{SOLUTION}\n# by {person} {more}")},
        key=uuid4().hex,
    )


def _counts(session: Session) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def _about_people() -> set[str]:
    """Return the tables that refer to a person, or to a row that is theirs."""
    found = {"people"}
    tables = Base.metadata.sorted_tables
    theirs = {table.name for table in (table.model.__table__ for table in rooms.PERSONAL if table.erase == "delete")}

    def refers(table: Table) -> bool:
        return any(key.column.table.name in theirs & found for key in table.foreign_keys)

    while more := {table.name for table in tables if table.name not in found and refers(table)}:
        found |= more
    return found


def test_every_table_about_people_is_covered() -> None:
    """A new one fails here until its room says what becomes of it."""
    covered = [table.name for table in rooms.PERSONAL]
    assert sorted(covered) == sorted(_about_people())
    for table in Base.metadata.sorted_tables:
        if table.name in covered:
            continue
        suspicious = {column.name for column in table.columns if "person" in column.name or "user" in column.name}
        assert not suspicious, f"{table.name} names people, but refers to none"
    for described in rooms.PERSONAL:
        names = {column.name for column in described.model.__table__.columns}
        assert set(described.withheld) | set(described.forget) <= names
        assert bool(described.forget) == (described.erase == "forget")


def test_an_export_has_a_row_of_every_table_and_every_file(session: Session, blobs: MemoryBlobStore) -> None:
    """Of this person and nobody else; nothing of hidden tests."""
    files: dict[str, bytes] = {}
    exported = personal.export_person(session, blobs, ADA, files.__setitem__)
    data = json.loads(files.pop("data.json"))
    assert set(data["tables"]) == {table.name for table in rooms.PERSONAL}
    for table, rows in data["tables"].items():
        assert rows, f"nothing of {table}: let the fixture make a row"
    assert (data["format"], data["person"], data["unreadable"]) == (1, ADA, [])
    assert [row["name"] for row in data["tables"]["people"]] == [ADA]
    assert len(data["tables"]["submissions"]) == 2
    assert data["tables"]["grades"][0]["auto_score"] == 5.0
    assert exported.rows == {name: len(rows) for name, rows in data["tables"].items()}
    assert sorted(files) == sorted(exported.files) == sorted(file["path"] for file in data["files"])
    assert set(files) >= {f"submissions/squares/first/{number}/notebooks/squares.ipynb" for number in (1, 2)}
    assert f"a draft of {ADA}".encode() in files["drafts/squares/first/squares.ipynb"]
    assert f"feedback {ADA}".encode() in files.values()
    everything = json.dumps(data).encode() + b"".join(files.values())
    assert b"bob" not in everything
    assert b"hidden ada" not in everything
    assert set(data["withheld"]["grades"]) == {"executed", "details", "warnings"}
    assert not set(data["withheld"]["grades"]) & set(data["tables"]["grades"][0])


def test_a_lost_file_does_not_stop_an_export(session: Session, blobs: MemoryBlobStore) -> None:
    """It is named instead."""
    whole = personal.export_person(session, blobs, ADA, lambda path, content: None)
    for digit in DIGITS:
        for blob in blobs.list_blobs(digit):
            if blobs.get(blob.sha256).startswith(b"feedback ada"):
                blobs.remove(blob.sha256)
    exported = personal.export_person(session, blobs, ADA, lambda path, content: None)
    assert len(exported.unreadable) == 1
    assert sorted(exported.files + exported.unreadable) == sorted(whole.files)


def test_nothing_of_an_erased_person_stays(session: Session, blobs: MemoryBlobStore) -> None:
    """No row, no name in any text, no job, no file after a collection; others and the course keep all of theirs."""
    before = _counts(session)
    held = {table.name: len(rows) for table, rows in _rows(session, ADA)}
    done = personal.erase_person(session, ADA)
    session.commit()
    assert done == held
    forgotten = {table.name for table in rooms.PERSONAL if table.erase == "forget"}
    after = _counts(session)
    assert after == {name: count - (0 if name in forgotten else held.get(name, 0)) for name, count in before.items()}
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)).mappings():
            assert ADA not in str(dict(row)), table.name
    assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 2  # bob's
    collect_blobs(session.get_bind(), blobs, grace=timedelta(0))  # type: ignore[arg-type]
    left = [blobs.get(blob.sha256) for digit in DIGITS for blob in blobs.list_blobs(digit)]
    assert not [content for content in left if ADA.encode() in content]
    assert b"feedback bob" in left
    assert len(submissions.list_submissions(session, course="squares").items) == 2
    with pytest.raises(PersonNotFound):
        personal.erase_person(session, ADA)
    assert identity.get_or_create_person(session, ADA).name == ADA
    assert submissions.list_submissions(session, person=ADA).items == []


def _rows(session: Session, name: str) -> list[tuple[PersonalTable, list[object]]]:
    person_id = identity.get_person_id(session, name)
    return [(table, list(read_rows(session, table, person_id))) for table in rooms.PERSONAL]


def test_an_erasure_is_one_transaction(session: Session, blobs: MemoryBlobStore) -> None:
    """Rolled back, all is as it was; and the ledger of others stays closed meanwhile."""
    before = _counts(session)
    personal.erase_person(session, ADA)
    with pytest.raises(DatabaseError, match="never changed"), session.begin_nested():
        session.execute(text("DELETE FROM xp_entries"))
    session.rollback()
    assert _counts(session) == before
    with pytest.raises(DatabaseError, match="never changed"), session.begin_nested():
        session.execute(text("DELETE FROM xp_entries"))


def test_a_job_of_an_erased_person_ends_quietly(session: Session, blobs: MemoryBlobStore) -> None:
    """Where a worker had it already."""
    attempt = session.scalars(select(func.max(AttemptRow.id)).where(AttemptRow.state == "queued")).one()
    personal.erase_person(session, "bob")
    assert submissions.start_attempt(session, attempt) is None
    submissions.record_failure(session, attempt, "no")
    submissions.record_outcome(session, attempt, {"squares.ipynb": outcome({"visible": (2, 2)})}, blobs=blobs)


def test_erasing_beside_grading_leaves_all_or_nothing(session: Session, blobs: MemoryBlobStore) -> None:
    """A worker and the person's own browser go on meanwhile; whoever loses is told so, and nothing half is left."""
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    attempts = []
    for number in range(8):
        _submit(session, blobs, ADA, str(number))
        attempts.append(session.scalars(select(func.max(AttemptRow.id))).one())
    session.commit()
    started = threading.Event()

    def grade() -> None:
        for number, attempt in enumerate(attempts):
            with session_scope(engine) as own:
                submissions.start_attempt(own, attempt)
            with session_scope(engine) as own:
                submissions.record_outcome(own, attempt, {"squares.ipynb": outcome({"visible": (2, 2)})}, blobs=blobs)
            if number == 1:
                started.set()

    def hand_in() -> None:
        for number in range(10):
            with session_scope(engine) as own:
                _submit(own, blobs, ADA, f"again {number}")

    def erase() -> None:
        started.wait(30)
        for _ in range(20):
            try:
                with session_scope(engine) as own:
                    personal.erase_person(own, ADA)
            except personal.PersonBusy:
                continue
            return
        pytest.fail("it never came through")

    with ThreadPoolExecutor(3) as threads:
        running = {job: threads.submit(job) for job in (grade, hand_in, erase)}
    running[erase].result()
    for job in (grade, hand_in):
        # Postgres may end one of two that wait for each other; the job or the request is then tried again.
        assert isinstance(running[job].exception(), OperationalError | PersonNotFound | TooManyWaiting | None)
    # Who hands in again after the erasure is somebody new, with what came since.
    rows = {table.name: rows for table, rows in _rows(session, identity.get_or_create_person(session, ADA).name)}
    assert len(rows["submission_files"]) == len(rows["submissions"]) == len(rows["attempts"])
    assert rows["grades"] == rows["xp_entries"] == []


@pytest.mark.parametrize("name", ["export", "export.zip"])
def test_an_export_is_for_its_owner_only(tmp_path: Path, name: str) -> None:
    """A folder or an archive, never over something that is there, never out of it."""
    target = tmp_path / name
    with writing_to(target) as write:
        write("a/b.txt", b"content")
        for path in ("../out", "/out", "a/../../out"):
            with pytest.raises(UnusablePath):
                write(path, b"x")
    if target.is_dir():
        assert (target / "a/b.txt").read_bytes() == b"content"
        assert stat.S_IMODE((target / "a/b.txt").stat().st_mode) == 0o600
    else:
        assert zipfile.ZipFile(target).read("a/b.txt") == b"content"
    assert stat.S_IMODE(target.stat().st_mode) & 0o077 == 0
    with pytest.raises(ExportTargetTaken), writing_to(target):
        pass
