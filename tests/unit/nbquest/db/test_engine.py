"""Addresses of databases."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from nbquest.db.engine import create_engine, psycopg_address
from nbquest.settings import Settings

ADDRESS = "postgresql+psycopg://ada:s%40cret@db.example:5433/site"


def test_a_lost_host_is_noticed_from_both_ends() -> None:
    """By the libraries of the engine and of the queue alike; the system's own patience is two hours."""
    said = conninfo_to_dict(psycopg_address(ADDRESS))
    assert {name: said[name] for name in ("host", "port", "user", "password", "dbname")} == {
        "host": "db.example",
        "port": "5433",
        "user": "ada",
        "password": "s@cret",
        "dbname": "site",
    }
    assert int(str(said["keepalives_idle"])) <= 30
    assert int(str(said["connect_timeout"])) <= 30
    for setting in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout"):
        assert f"-c {setting}=" in str(said["options"])
    engine = create_engine(Settings(database_url=SecretStr(ADDRESS)))
    _, given = engine.dialect.create_connect_args(engine.url)
    assert given["host"] == "db.example"


def test_what_an_administrator_chose_stays() -> None:
    said = conninfo_to_dict(psycopg_address(f"{ADDRESS}?connect_timeout=3&options=-c%20work_mem%3D8MB"))
    assert said["connect_timeout"] == "3"
    assert said["options"] == "-c work_mem=8MB"
