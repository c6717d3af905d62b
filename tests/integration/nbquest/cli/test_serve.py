"""`nbquest serve`: what it says when it can't start, and that it leaves nothing behind when it stops."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from nbquest.cli import serve
from nbquest.db.embedded import EmbeddedPostgres
from nbquest.ports import free_port
from tests.factories.site import REPOSITORY, RunningSite, running_site, site_environment

NBQUEST = str(Path(sys.executable).with_name("nbquest"))
START_SECONDS, STOP_SECONDS = 300, 180


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nbq-serve-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def run_serve(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [NBQUEST, "serve"], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@dataclasses.dataclass(frozen=True)
class Started:
    """A site that is starting, and what it says."""

    process: subprocess.Popen[bytes]
    output: Path

    def read_until(self, text: str) -> str:
        """Return what it has said once `text` is in it."""
        deadline = time.monotonic() + START_SECONDS
        while text not in (said := self.output.read_text()):
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        return said


@contextlib.contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[Started]:
    """Run a site; it is killed at the end if it still runs."""
    with tempfile.NamedTemporaryFile(prefix="nbq-serve-", suffix=".log") as output:
        process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=output, start_new_session=True)
        try:
            yield Started(process, Path(output.name))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_taken_port_is_told(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_serve(site_environment(data_dir, port, "local"))
    assert result.returncode == 1
    assert f"port {port}" in result.stderr
    assert f"NBQUEST_PORT={port + 1}" in result.stderr
    assert "Traceback" not in result.stderr


def test_too_little_disk_is_told(data_dir: Path) -> None:
    with pytest.raises(serve.DiskFull, match="Free some space"):
        serve.require_free_disk(data_dir, minimum=10**18)


def test_a_missing_part_is_told(data_dir: Path) -> None:
    environment = site_environment(data_dir, free_port(), "local", learner_environment=str(data_dir / "nowhere"))
    result = run_serve(environment)
    assert result.returncode == 1
    assert "script/bootstrap" in result.stderr


def test_a_data_folder_that_cannot_be_made_is_told() -> None:
    result = run_serve(site_environment(Path("/proc/nbquest"), free_port(), "local"))
    assert result.returncode == 1
    assert "NBQUEST_DATA_DIR" in result.stderr


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_a_site_starts_refuses_a_second_copy_and_stops_without_a_trace() -> None:
    """All of it: ready, credentials, a second copy refused, Ctrl-C, no process left, started again with its data."""
    before = {process.pid for process in psutil.process_iter()}
    with running_site("local") as site:
        said = site.output.read_text()
        assert site.url in said
        assert re.search(r"demo-instructor +password +\S{12,}", said)
        assert re.search(r"demo-learner +password +\S{12,}", said)
        assert str(site.data_dir) in said
        assert "local" in said
        accounts = site.data_dir / "secrets" / "demo-accounts.json"
        assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
        with urllib.request.urlopen(f"{site.url}/services/nbquest/api/health") as answer:
            assert answer.status == 200
        second = run_serve(site.environment | {"NBQUEST_PORT": str(free_port())})
        assert second.returncode == 1
        assert "already runs" in second.stderr
        first_password = site.password("demo-learner")
        _kill_postgres_and_see_it_come_back(site)

        site.process.send_signal(signal.SIGINT)
        assert site.process.wait(STOP_SECONDS) == 0
        left = [
            process for process in psutil.process_iter() if process.pid not in before and _is_of(process, site.data_dir)
        ]
        assert left == []

        command = [NBQUEST, "serve", "--demo"]
        with started(command, site.environment) as again:
            said_again = again.read_until("Ctrl-C stops")
            again.process.send_signal(signal.SIGTERM)
            assert again.process.wait(STOP_SECONDS) == 0
        assert first_password in said_again


@pytest.mark.bubblewrap
def test_a_stop_while_starting_leaves_nothing(data_dir: Path) -> None:
    before = {process.pid for process in psutil.process_iter()}
    environment = site_environment(data_dir, free_port(), "local")
    with started([NBQUEST, "serve"], environment) as starting:
        starting.read_until("Preparing the database")
        starting.process.send_signal(signal.SIGTERM)
        assert starting.process.wait(STOP_SECONDS) != 0
    others = [process for process in psutil.process_iter() if process.pid not in before]
    assert [process for process in others if _is_of(process, data_dir)] == []


def _kill_postgres_and_see_it_come_back(site: RunningSite) -> None:
    postgres = EmbeddedPostgres(site.data_dir)
    number = int((postgres.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(number, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while "starting it again" not in site.output.read_text() or not postgres.is_running():
        assert time.monotonic() < deadline, site.logs()
        time.sleep(0.1)


def _is_of(process: psutil.Process, data_dir: Path) -> bool:
    """Whether a process belongs to the site on `data_dir`."""
    try:
        return any(str(data_dir) in word for word in [*process.cmdline(), *process.environ().values()])
    except psutil.Error:
        return False
