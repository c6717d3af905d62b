"""A real Postgres for the tests: one cluster a run, one migrated template, a database copied from it for each need."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from nbquest.db.embedded import EmbeddedPostgres
from nbquest.db.engine import psycopg_address


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The run's Postgres cluster, in a temporary folder that its account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="nbq-pg-"))
    folder.chmod(0o711)
    cluster = EmbeddedPostgres(folder)
    cluster.start()
    _forget_power_cuts(cluster)
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _forget_power_cuts(cluster: EmbeddedPostgres) -> None:
    """Let it not wait for the disk: what a test writes need not outlive the machine. (tests/chaos have their own.)"""
    with psycopg.connect(psycopg_address(cluster.url("postgres")), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def empty_database_factory(postgres: EmbeddedPostgres):
    """Return a function that makes an empty database and gives its address."""
    made: list[str] = []

    def make() -> str:
        made.append(f"empty_{uuid.uuid4().hex[:12]}")
        return postgres.url(made[-1])

    yield make
    for name in made:
        postgres.drop_database(name)


@pytest.fixture(scope="session")
def template_database(postgres: EmbeddedPostgres) -> str:
    """Name of a migrated, empty database that others are copied from."""
    from nbquest.db import migrate  # only the tests that need tables need the models

    migrate.upgrade(postgres.url("nbquest_template"))
    return "nbquest_template"


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    """Address of a fresh, migrated database of this test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(psycopg_address(postgres.url("postgres")), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template_database)
            )
        )
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """A session on a fresh, migrated database; what isn't committed is rolled back."""
    engine = create_engine(database_url)
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()
    engine.dispose()
