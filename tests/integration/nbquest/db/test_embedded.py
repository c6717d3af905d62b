"""The site's own Postgres: made once, reached by its socket alone, nothing lost between starts."""

import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from nbquest.db.embedded import EmbeddedPostgres


@pytest.fixture(params=["short path", "a path longer than a socket's may be"])
def cluster(request: pytest.FixtureRequest) -> Iterator[EmbeddedPostgres]:
    base = Path(tempfile.mkdtemp(prefix="nbq-"))
    base.chmod(0o711)
    folder = base / ("x" * (120 if "longer" in request.param else 1))
    folder.mkdir(mode=0o711)
    postgres = EmbeddedPostgres(folder)
    yield postgres
    postgres.stop()
    shutil.rmtree(base)


def test_it_starts_keeps_and_stops(cluster: EmbeddedPostgres) -> None:
    cluster.start()
    engine = create_engine(cluster.url("one"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (n int)"))
        connection.execute(text("INSERT INTO kept VALUES (7)"))
    engine.dispose()
    cluster.start()  # a second start finds it running
    cluster.stop()
    assert not cluster.is_running()
    cluster.start()
    engine = create_engine(cluster.url("one"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT n FROM kept")).scalar_one() == 7
        assert connection.execute(text("SHOW listen_addresses")).scalar_one() == ""
    engine.dispose()


def test_nobody_else_gets_in(cluster: EmbeddedPostgres) -> None:
    cluster.start()
    assert stat.S_IMODE(cluster.socket_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.password_file.stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(cluster.socket_folder), user="nbquest", dbname="postgres", password="a guess")
