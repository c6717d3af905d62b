"""What a regrade left behind survives the way back to the tables of before."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from sqlalchemy import text

from nbquest.db import migrate
from nbquest.db.engine import session_scope
from nbquest.files.store import MemoryBlobStore
from nbquest.submissions import api as submissions
from tests.factories.regrades import publish_version, submit_graded, try_all

FULL = {"visible": (2, 2), "hidden": (3, 3)}
HALF = {"visible": (2, 2), "hidden": (0, 3)}


def test_applied_grades_stay_and_trials_go(database_url: str, tmp_path: Path) -> None:
    """One attempt for each submission and version is left, with its grade; the ledger keeps all of its entries."""
    engine = sqlalchemy.create_engine(database_url)
    blobs = MemoryBlobStore()
    with session_scope(engine) as session:
        publish_version(session, blobs, tmp_path)
        made = [submit_graded(session, blobs, name, HALF).id for name in ("ada", "bob")]
        failed = submit_graded(session, blobs, "eve", None).id
        publish_version(session, blobs, tmp_path)
        first = submissions.start_regrade(
            session, course="squares", assignment="first", attempts="all", reason="Mended."
        )
        try_all(session, first.id, {made[0]: FULL, made[1]: "The sandbox is away.", failed: FULL})
        submissions.apply_regrade(session, "squares", first.id)
        again = submissions.start_regrade(
            session, course="squares", assignment="first", attempts="all", reason="Once more."
        )
        try_all(session, again.id, {made[1]: FULL})
    count = {name: f"SELECT count(*) FROM {name}" for name in ("attempts", "grades", "xp_entries")}
    with engine.connect() as connection:
        before = {name: connection.scalar(text(query)) for name, query in count.items()}
    engine.dispose()
    migrate.downgrade(database_url, "0009")
    with engine.connect() as connection:
        after = {name: connection.scalar(text(query)) for name, query in count.items()}
    engine.dispose()
    assert before == {"attempts": 7, "grades": 5, "xp_entries": after["xp_entries"]}
    assert (after["attempts"], after["grades"]) == (5, 4)
    migrate.upgrade(database_url)
    with session_scope(engine) as session:
        shown = submissions.get_submission(session, made[0])
        assert shown.result is not None
        assert (shown.version, shown.result.score) == (2, 5)
    engine.dispose()
