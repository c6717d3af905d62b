"""Brings a database to the newest revision; alembic, run from here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from nbquest.errors import NbquestError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x6E627175657374
"""Advisory lock (the letters of nbquest): two starts at once migrate one after the other."""
QUEUE_PREFIX = "procrastinate_"


class DatabaseOfAnotherVersion(NbquestError):
    """The database is of another version of nbquest than this process; start the site with the newest one first."""

    code = "database-of-another-version"


def is_ours(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """Return whether a thing of the database is described by our models; the queue's tables are not."""
    return not (kind == "table" and name is not None and name.startswith(QUEUE_PREFIX))


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database to `revision`, in one transaction. Idempotent."""
    _run(database_url, revision, upwards=True)


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to `revision` (`base`: nothing of ours), in one transaction."""
    _run(database_url, revision, upwards=False)


def current_revision(database_url: str) -> str | None:
    """Return the revision that the database is at, None before the first."""
    engine = sqlalchemy.create_engine(database_url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def require_current(engine: sqlalchemy.Engine) -> None:
    """Raise DatabaseOfAnotherVersion unless the database is at the revision of this version of nbquest."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != newest_revision():
        raise DatabaseOfAnotherVersion(found=found, needed=newest_revision())


@cache
def newest_revision() -> str:
    """Return the revision that this version of nbquest needs."""
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert newest is not None, "there are no migrations"
    return newest


def _run(database_url: str, revision: str, *, upwards: bool) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    engine = sqlalchemy.create_engine(database_url)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            config.attributes["connection"] = connection
            if upwards:
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
    finally:
        engine.dispose()
