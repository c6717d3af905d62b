"""Migrations lead to what the models say, and back."""

from __future__ import annotations

from pathlib import Path

import procrastinate.schema
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from nbquest import rooms
from nbquest.db import migrate
from nbquest.db.base import Base

pytestmark = pytest.mark.filterwarnings("error")


def _names(url: str) -> set[str]:
    """Return what is in the schema public: tables, functions, types."""
    engine = sqlalchemy.create_engine(url)
    query = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
    """
    with engine.connect() as connection:
        names = set(connection.scalars(text(query)))
    engine.dispose()
    return names


def test_migrations_and_models_agree(database_url: str) -> None:
    """Every table of every room is what the migrations make; nothing else is there but the queue."""
    assert rooms.MODELS
    engine = sqlalchemy.create_engine(database_url)
    with engine.connect() as connection:
        options = {"include_name": migrate.is_ours, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_there_and_back(empty_database_factory) -> None:
    """Downgrading to nothing leaves nothing of ours; upgrading again gives the same."""
    url = empty_database_factory()
    before = _names(url)
    migrate.upgrade(url)
    migrated = _names(url)
    assert {"people", "xp_entries", "procrastinate_jobs"} <= migrated
    assert migrate.current_revision(url) == migrate.newest_revision()
    migrate.downgrade(url, "base")
    assert _names(url) - before <= {"alembic_version", "_alembic_version", "alembic_version_pkc"}
    migrate.upgrade(url)
    assert _names(url) == migrated
    migrate.upgrade(url)
    assert _names(url) == migrated


def test_the_hub_gets_a_schema_of_its_own(database_url: str) -> None:
    """JupyterHub's tables lie beside ours, not among them."""
    engine = sqlalchemy.create_engine(database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1 FROM pg_namespace WHERE nspname = 'jupyterhub'")) == 1
    engine.dispose()


def test_the_queue_is_that_of_the_installed_procrastinate() -> None:
    """A newer procrastinate with another schema needs a migration of its own before it can be used."""
    ours = Path(migrate.MIGRATIONS, "procrastinate-3.10.sql").read_text(encoding="utf-8")
    assert ours == procrastinate.schema.SchemaManager.get_schema()
