"""Transactions, and the types that every table shares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from nbquest.courses.models import AssignmentRow, VersionRow
from nbquest.db.engine import create_engine, psycopg_address, session_scope
from nbquest.errors import SettingsError
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.settings import Settings
from tests.factories.courses import publish_squares


def test_a_session_commits_or_rolls_back(database_url: str) -> None:
    """Returning commits, raising rolls back."""
    engine = sqlalchemy.create_engine(database_url)
    with session_scope(engine) as session:
        identity.get_or_create_person(session, "ada")
    with pytest.raises(ZeroDivisionError), session_scope(engine) as session:
        _make_and_fail(session)
    with session_scope(engine) as session:
        assert identity.find_person_id(session, "ada") is not None
        assert identity.find_person_id(session, "bob") is None
    engine.dispose()


def _make_and_fail(session: Session) -> None:
    identity.get_or_create_person(session, "bob")
    raise ZeroDivisionError


def test_moments_are_aware_and_come_back_in_utc(session: Session, tmp_path: Path) -> None:
    """Whatever zone they went in with; a naive one is refused."""
    publish_squares(session, MemoryBlobStore(), tmp_path)
    row = session.scalars(select(AssignmentRow)).one()
    row.due_at = datetime(2027, 3, 7, 23, 59, tzinfo=timezone(timedelta(hours=5)))
    session.flush()
    session.expire(row)
    assert row.due_at == datetime(2027, 3, 7, 18, 59, tzinfo=UTC)
    assert row.due_at.utcoffset() == timedelta(0)
    row.due_at = datetime(2027, 3, 7, 23, 59)  # noqa: DTZ001  # that is what must be refused
    with pytest.raises(StatementError, match="has no time zone"):
        session.flush()


def test_points_are_exact(session: Session, tmp_path: Path) -> None:
    """To a thousandth."""
    publish_squares(session, MemoryBlobStore(), tmp_path)
    row = session.scalars(select(VersionRow)).one()
    row.points = Decimal("0.1") + Decimal("0.2")
    session.flush()
    session.expire(row)
    assert row.points == Decimal("0.300")


def test_the_address_comes_from_the_settings(tmp_path: Path) -> None:
    """Without one the message says who sets it; psycopg gets the same address in its own spelling."""
    with pytest.raises(SettingsError, match="NBQUEST_DATABASE_URL"):
        create_engine(Settings(data_dir=tmp_path))
    url = "postgresql+psycopg://u:p%40ss@/db?host=%2Frun%2Fx&port=5432"
    engine = create_engine(Settings(data_dir=tmp_path, database_url=SecretStr(url)))
    assert engine.url.password == "p@ss"
    read = conninfo_to_dict(psycopg_address(url))
    place = {"user": "u", "password": "p@ss", "dbname": "db", "host": "/run/x", "port": "5432"}
    assert {name: read.get(name) for name in place} == place
