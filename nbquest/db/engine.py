"""The engine and the transaction of a request, a job or a command."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import sqlalchemy
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from nbquest.errors import SettingsError
from nbquest.settings import Settings


def create_engine(settings: Settings) -> Engine:
    """Return an engine on the site's database. Raises SettingsError where no address is set."""
    if settings.database_url is None:
        raise SettingsError(
            "NBQUEST_DATABASE_URL is not set: this process is started by `nbquest serve`, which sets it."
        )
    return sqlalchemy.create_engine(settings.database_url.get_secret_value(), pool_pre_ping=True)


@contextlib.contextmanager
def session_scope(engine: Engine) -> Iterator[Session]:
    """Yield a session whose transaction commits on return and rolls back on an exception."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def psycopg_address(database_url: str) -> str:
    """Return SQLAlchemy's address as psycopg itself reads it."""
    url = make_url(database_url)
    parts = {
        "host": url.host,
        "port": str(url.port) if url.port else None,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
        **{name: value for name, value in url.query.items() if isinstance(value, str)},
    }
    return make_conninfo(**{name: value for name, value in parts.items() if value is not None})
