"""The engine and the transaction of a request, a job or a command."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import sqlalchemy
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from nbquest.errors import SettingsError
from nbquest.settings import Settings

CONNECT_SECONDS = 10
_NOTICE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
"""When either end takes the other for lost: after some 25 s of silence, where the system's own is two hours.

A host that has lost its power, or its network, says no goodbye. What it held locked in the database is free after that.
"""


def create_engine(settings: Settings) -> Engine:
    """Return an engine on the site's database. Raises SettingsError where no address is set."""
    if settings.database_url is None:
        raise SettingsError(
            "NBQUEST_DATABASE_URL is not set: this process is started by `nbquest serve`, which sets it."
        )
    address = settings.database_url.get_secret_value()
    return sqlalchemy.create_engine(address, pool_pre_ping=True, connect_args=_connecting(make_url(address).query))


@contextlib.contextmanager
def session_scope(engine: Engine) -> Iterator[Session]:
    """Yield a session whose transaction commits on return and rolls back on an exception."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def psycopg_address(database_url: str) -> str:
    """Return SQLAlchemy's address as psycopg itself reads it, so that lost hosts are noticed as by `create_engine`."""
    url = make_url(database_url)
    parts = {
        "host": url.host,
        "port": str(url.port) if url.port else None,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
        **{name: value for name, value in url.query.items() if isinstance(value, str)},
        **_connecting(url.query),
    }
    return make_conninfo(**{name: value for name, value in parts.items() if value is not None})


def _connecting(given: Mapping[str, object]) -> dict[str, str]:
    """Return what libpq is told besides the address; what is `given` there stays as it is."""
    ours = {name: str(value) for name, value in _NOTICE.items()} | {"connect_timeout": str(CONNECT_SECONDS)}
    servers = {name if name.startswith("tcp_") else f"tcp_{name}": value for name, value in _NOTICE.items()}
    ours["options"] = " ".join(f"-c {name}={value}" for name, value in servers.items())
    return {name: value for name, value in ours.items() if name not in given}
