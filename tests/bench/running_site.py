"""A site to be measured: Postgres, the web service and workers, a process each, and the Hub's twin beside them.

The course `bench` has 25 assignments, `a00` to `a24`, all of them the tiny one, certified as publishing certifies.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy
from sqlalchemy import text

from grader.certify import certify
from grader.grading import Grader, GraderOptions
from grader.release import make_release
from nbquest.courses import api as courses
from nbquest.db import migrate
from nbquest.db.embedded import EmbeddedPostgres
from nbquest.db.engine import session_scope
from nbquest.files.local import LocalBlobStore
from nbquest.ports import free_port
from nbquest.settings import REPOSITORY
from tests.bench.squares import TINY
from tests.factories.courses import keep_certificate, write_course
from tests.factories.hub_server import HubServer

COURSE = "bench"
ASSIGNMENTS = tuple(f"a{number:02}" for number in range(25))
NOTEBOOK = "tiny.ipynb"
WAIT_SECONDS = 600
NEVER = 24 * 3600.0
"""Seconds between two looks at the queue: a worker that polls so seldom is woken by Postgres, or not at all."""
UNGRADED = "SELECT count(*) FROM attempts WHERE state IN ('queued', 'grading')"


@contextlib.contextmanager
def running_cluster() -> Iterator[EmbeddedPostgres]:
    """Run a Postgres as a site has it, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="nbq-bench-"))
    folder.chmod(0o711)
    cluster = EmbeddedPostgres(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(kw_only=True)
class Site:
    """A database with the course, the folder of its files, and how its processes are started."""

    name: str
    folder: Path
    url: str
    hub: HubServer
    engine: sqlalchemy.Engine
    blobs: LocalBlobStore
    port: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """What its processes said."""
        return self.folder / f"{self.name}.log"

    def token(self, person: str) -> str:
        """Return a token of this person's."""
        return self.hub.twin.add_user(person)

    def count(self, query: str) -> int:
        """Return a query's number."""
        with self.engine.connect() as connection:
            return int(connection.scalar(text(query)) or 0)

    def wait(self, what: Callable[[], bool], *, every: float = 0.02) -> None:
        """Wait until it is so. SystemExit with the log's end where it takes too long or a process has ended."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not what():
            ended = [process.args for process in self.processes if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""
                raise SystemExit(f"{self.name}: {'ended: ' + str(ended) if ended else 'took too long'}\n{said}")
            time.sleep(every)

    def wait_until_graded(self) -> None:
        """Wait until nothing waits for a grade."""
        self.wait(lambda: self.count(UNGRADED) == 0)

    @contextlib.contextmanager
    def web(self) -> Iterator[int]:
        """Run the web service, as the Hub starts it; give its process. `port` is where it answers."""
        self.port = free_port()
        more = {"NBQUEST_SERVICE_PORT": str(self.port), **self.hub.environment()}
        with self._process(["-m", "nbquest.services.web"], more) as process:
            self.wait(self._answers)
            yield process

    @contextlib.contextmanager
    def worker(self, *, slots: int = 1, poll_seconds: float = NEVER) -> Iterator[int]:
        """Run a grading worker with warm graders; give its process."""
        before = self.count("SELECT count(*) FROM workers")
        arguments = ["-m", "nbquest.worker", "--poll-seconds", str(poll_seconds)]
        with self._process(arguments, {"NBQUEST_GRADING_WORKERS": str(slots)}) as process:
            self.wait(lambda: self.count("SELECT count(*) FROM workers") > before)
            yield process

    @contextlib.contextmanager
    def _process(self, arguments: Sequence[str], more: dict[str, str]) -> Iterator[int]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("NBQUEST_", "JUPYTERHUB"))}
        ours = {"NBQUEST_DATA_DIR": str(self.folder), "NBQUEST_DATABASE_URL": self.url, "PYTHONPATH": str(REPOSITORY)}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=REPOSITORY,
                env=outside | ours | more,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        try:
            yield process.pid
        finally:
            self.processes.remove(process)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            address = f"http://127.0.0.1:{self.port}/services/nbquest/api/health"
            return httpx.get(address, trust_env=False).status_code == 200
        return False


class Publisher:
    """Publishes the tiny assignment to any number of sites; certifies it once, unless nothing is to be graded."""

    def __init__(self, *, certified: bool = True) -> None:
        self.options = GraderOptions()
        made = make_release(TINY.source, name="tiny", resources={}, options=self.options)
        self.release = made.release
        self.source = made.source
        self.certificate = None
        if certified:
            with Grader(self.options) as grader:
                self.certificate = certify(made.source, {}, grader)

    def notebooks(self, count: int) -> list[bytes]:
        """Return so many submissions, no two alike."""
        return list(TINY.submissions(self.release, count).values())

    def publish(self, site: Site) -> None:
        """Publish the course."""
        path = write_course(site.folder / COURSE, {f"{name}/{NOTEBOOK}": TINY.source for name in ASSIGNMENTS})
        with session_scope(site.engine) as session:
            courses.publish_course(session, site.blobs, path, publisher="teacher", grader_options=self.options)
            for name in ASSIGNMENTS if self.certificate is not None else ():
                keep_certificate(session, COURSE, name, self.certificate)


@contextlib.contextmanager
def made_site(cluster: EmbeddedPostgres, hub: HubServer, publisher: Publisher, name: str) -> Iterator[Site]:
    """Make a site with a database and a folder of its own, in which nobody has done anything yet."""
    url = cluster.url(f"bench_{name}")
    migrate.upgrade(url)
    with tempfile.TemporaryDirectory(prefix=f"nbq-bench-{name}-") as folder:
        engine = sqlalchemy.create_engine(url)
        site = Site(
            name=name,
            folder=Path(folder),
            url=url,
            hub=hub,
            engine=engine,
            blobs=LocalBlobStore(Path(folder) / "files"),
        )
        try:
            publisher.publish(site)
            yield site
        finally:
            engine.dispose()
            cluster.drop_database(f"bench_{name}")


def load_now() -> dict[str, Any]:
    """Return how loaded the machine is: the load averages of one, five and fifteen minutes."""
    return {"load": [round(value, 2) for value in os.getloadavg()]}
