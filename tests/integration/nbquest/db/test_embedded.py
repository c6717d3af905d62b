"""The site's own Postgres: made once, reached by its socket alone, nothing lost between starts."""

import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from nbquest.db.embedded import EmbeddedPostgres
from nbquest.db.engine import psycopg_address


@pytest.fixture(params=["short path", "with a space", "a path longer than a socket's may be"])
def cluster(request: pytest.FixtureRequest) -> Iterator[EmbeddedPostgres]:
    base = Path(tempfile.mkdtemp(prefix="nbq-"))
    base.chmod(0o711)
    folder = base / (request.param if "longer" not in request.param else "x" * 120)
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


def test_what_a_crash_left_behind_is_no_running_server(cluster: EmbeddedPostgres) -> None:
    cluster.start()
    pid_file = cluster.cluster / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    os.kill(int(lines[0]), signal.SIGKILL)
    while cluster.is_running():
        time.sleep(0.05)
    # The number now belongs to another process, as after a power cut.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert not cluster.is_running()
    cluster.start()
    assert cluster.is_running()
    with psycopg.connect(psycopg_address(cluster.url("one"))) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_runs_until_its_last_user_stops_it(cluster: EmbeddedPostgres) -> None:
    cluster.start()
    another = EmbeddedPostgres(cluster.folder.parent)
    another.start()
    another.stop()
    assert cluster.is_running()
    another.start()
    cluster.stop()
    assert another.is_running()
    another.stop()
    assert not another.is_running()
