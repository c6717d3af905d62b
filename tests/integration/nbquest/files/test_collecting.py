"""Collection removes what no row names, and never what one does, whatever else goes on."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Engine, select, text

from nbquest import rooms
from nbquest.db.base import Base
from nbquest.db.engine import session_scope
from nbquest.db.migrate import DatabaseOfAnotherVersion, newest_revision
from nbquest.files.collecting import collect_blobs
from nbquest.files.columns import blob_columns, list_named
from nbquest.files.errors import BlobNotFound
from nbquest.files.keeping import keep, take_shard
from nbquest.files.local import LocalBlobStore
from nbquest.files.store import DIGITS, BlobStore, MemoryBlobStore, digest_of
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow, SubmissionFileRow
from tests.factories.courses import outcome, publish_squares, squares_submission
from tests.factories.drafts import keep_draft

NOW = timedelta(0)
HEX = re.compile(r"\b[0-9a-f]{64}\b")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    assert rooms.MODELS
    engine = sqlalchemy.create_engine(database_url, pool_size=20)
    yield engine
    engine.dispose()


@pytest.fixture(params=["memory", "local", "s3"])
def blobs(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> BlobStore:
    """Each store in turn, with the course `squares` published in it."""
    if request.param == "memory":
        store: BlobStore = MemoryBlobStore()
    elif request.param == "local":
        store = LocalBlobStore(tmp_path / "files")
    else:
        store = request.getfixturevalue("s3").store(uuid.uuid4().hex)
    with session_scope(engine) as session:
        publish_squares(session, store, tmp_path)
    return store


def submit(
    engine: Engine, blobs: BlobStore, person: str, content: bytes, *, fail: bool = False, hold: float = 0
) -> None:
    """Hand in; with `fail` the transaction is rolled back when all is stored, `hold` seconds later."""
    with session_scope(engine) as session:
        submissions.submit(
            session,
            blobs,
            person=person,
            course="squares",
            assignment="first",
            notebooks={"squares.ipynb": content},
            key=uuid.uuid4().hex,
        )
        time.sleep(hold)
        if fail:
            session.rollback()


def stored(blobs: BlobStore) -> set[str]:
    return {blob.sha256 for digit in DIGITS for blob in blobs.list_blobs(digit)}


def test_what_no_row_names_goes_and_the_rest_stays(engine: Engine, blobs: BlobStore) -> None:
    """Once it is older than the grace; a dry run removes nothing and says the same."""
    before = stored(blobs)
    submit(engine, blobs, "ada", squares_submission())
    named = stored(blobs)
    submit(engine, blobs, "ada", b"never committed", fail=True)
    (orphan,) = stored(blobs) - named
    assert len(named - before) == 1

    young = collect_blobs(engine, blobs, grace=timedelta(hours=1))
    assert (young.looked_at, young.removed) == (len(named) + 1, 0)
    dry = collect_blobs(engine, blobs, grace=NOW, dry_run=True)
    assert stored(blobs) == named | {orphan}
    done = collect_blobs(engine, blobs, grace=NOW)
    assert (done.removed, done.bytes, done.busy) == (1, len(b"never committed"), 0) == (dry.removed, dry.bytes, 0)
    assert stored(blobs) == named
    assert collect_blobs(engine, blobs, grace=NOW).removed == 0


def test_every_stored_file_that_any_table_names_is_known(engine: Engine, tmp_path: Path) -> None:
    """No text in any table is a stored file's name but in the columns that collection asks."""
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_squares(session, blobs, tmp_path)
    submit(engine, blobs, "ada", squares_submission())
    with session_scope(engine) as session:
        graded = outcome({"visible": (2, 2)})
        full = type(graded)(
            report=graded.report, executed_notebook=b"{}", feedback_html="<p></p>", details=b'{"details": 1}'
        )
        attempt = session.scalars(select(AttemptRow.id)).one()
        submissions.record_outcome(session, attempt, {"squares.ipynb": full}, blobs=blobs)
        keep_draft(session, blobs, "ada", squares_submission("# saved"))
    with session_scope(engine) as session:
        assert list_named(session, stored(blobs)) == stored(blobs)
        known = {(column.table.name, column.name) for column in blob_columns()}
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                for column, value in row.items():
                    names = set(HEX.findall(str(value))) & stored(blobs)
                    assert not names or (table.name, str(column)) in known, f"{table.name}.{column} names stored files"
    assert len(known) == 7


def test_puts_beside_a_collection_lose_nothing(engine: Engine, blobs: BlobStore) -> None:
    """Contents put, rolled back and put again by many while collections run without any grace.

    What was committed is read at once: later puts of the same would mend what was lost.
    """
    contents = [squares_submission(f"x = {number}") for number in range(60)]
    stop = threading.Event()

    def learn(number: int) -> None:
        choose = random.Random(number)
        for turn in range(12):
            person = f"person-{number}-{turn % 2}"
            content = choose.choice(contents)
            fail = choose.random() < 0.5
            submit(engine, blobs, person, content, fail=fail, hold=0.02)
            assert fail or blobs.get(digest_of(content)) == content

    def collect() -> int:
        found = 0
        while not stop.is_set():
            found += collect_blobs(engine, blobs, grace=NOW).removed
        return found

    with ThreadPoolExecutor(8) as threads:
        collecting = [threads.submit(collect) for _ in range(2)]
        try:
            for learning in [threads.submit(learn, number) for number in range(6)]:
                learning.result()
        finally:
            stop.set()
        removed = sum(one.result() for one in collecting)
    with session_scope(engine) as session:
        rows = session.execute(select(SubmissionFileRow.sha256, SubmissionFileRow.size)).all()
    assert len(rows) > 10
    for sha256, size in rows:
        assert len(blobs.get(sha256)) == size
    collect_blobs(engine, blobs, grace=NOW)
    with session_scope(engine) as session:
        assert list_named(session, stored(blobs)) == stored(blobs)
    if isinstance(blobs, MemoryBlobStore):  # fast enough to be sure of it
        assert removed > 0


def test_what_a_transaction_still_holds_is_left_alone(engine: Engine, blobs: BlobStore) -> None:
    """Though no row that anybody else sees names it yet; and the collection doesn't wait for it."""
    with session_scope(engine) as session:
        digest = keep(session, blobs, b"put before, row comes later")
        busy = collect_blobs(engine, blobs, grace=NOW)
        assert (busy.removed, busy.busy) == (0, 1)
        assert blobs.get(digest)
    assert collect_blobs(engine, blobs, grace=NOW).removed == 1
    with pytest.raises(BlobNotFound):
        blobs.get(digest)


def test_what_another_version_may_name_is_left_alone(engine: Engine, blobs: BlobStore, database_url: str) -> None:
    """A worker of an older version can't know which tables of a newer one name files."""
    lost = blobs.put(b"named by nothing that we know")
    with session_scope(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseOfAnotherVersion) as caught:
        collect_blobs(engine, blobs, grace=NOW)
    assert caught.value.details == {"found": "9999", "needed": newest_revision()}
    assert blobs.get(lost)


def test_a_collection_ends_where_it_is_told_to(engine: Engine) -> None:
    """What it removed until then stays removed; the next one does the rest."""
    blobs = MemoryBlobStore()
    for number in range(200):
        blobs.put(b"%d" % number)
    turns = iter(range(1000))
    ended = collect_blobs(engine, blobs, grace=NOW, stop=lambda: next(turns) >= 3)
    assert ended.stopped
    assert 3 <= ended.removed < 200
    rest = collect_blobs(engine, blobs, grace=NOW)
    assert (rest.stopped, rest.removed + ended.removed) == (False, 200)
    assert stored(blobs) == set()


def test_two_collections_do_not_take_the_same_shard(engine: Engine) -> None:
    with session_scope(engine) as first, session_scope(engine) as second:
        assert take_shard(first, "ab")
        assert not take_shard(second, "ab")
        assert take_shard(second, "ac")


def test_rooms_put_by_keep_alone() -> None:
    """A put that isn't held could be collected before its row is seen."""
    folder = Path(rooms.__file__).parent
    direct = [
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if re.search(r"\bblobs\.put\(|\bstore\.put\(", path.read_text()) and path.parent.name != "files"
    ]
    assert direct == ["cli/doctor.py"]  # whose probe no row is to name


def test_the_lock_is_of_the_transaction(engine: Engine) -> None:
    """Nothing of it stays when the transaction ended, however it ended."""
    with session_scope(engine) as session:
        keep(session, MemoryBlobStore(), b"x")
        session.rollback()
    with session_scope(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")) == 0
