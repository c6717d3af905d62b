"""A site whose parts are processes on several hosts, each of which can be killed and started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import sqlalchemy
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from nbquest.db import migrate
from nbquest.db.embedded import PORT, EmbeddedPostgres, PostgresError
from nbquest.db.engine import psycopg_address, session_scope
from nbquest.files.store import BlobStore, open_blob_store
from nbquest.ports import free_port
from nbquest.settings import REPOSITORY, Settings
from tests.chaos.network import Host, Network
from tests.factories.courses import publish_squares
from tests.factories.hub_server import HubServer

SLOTS = 2
HEARTBEAT_SECONDS, STALLED_SECONDS = 0.5, 3.0
START_SECONDS = 120
TEMPLATE = "chaos_template"


class Database:
    """A Postgres on this machine that the hosts reach by TCP."""

    def __init__(self, folder: Path, network: Network) -> None:
        self._cluster = EmbeddedPostgres(folder, addresses=network.gateway)
        self._gateway = network.gateway
        self._cluster.start()
        with (self._cluster.cluster / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network.range} scram-sha-256\n")
        self.kill()
        self.start()
        migrate.upgrade(self._cluster.url(TEMPLATE))

    def make(self) -> str:
        """Make a migrated database; return its address, as the hosts know it."""
        name = f"chaos_{uuid4().hex[:12]}"
        local = self._cluster.url("postgres")
        with psycopg.connect(psycopg_address(local), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
            )
        address = make_url(local).set(database=name, host=self._gateway, port=PORT, query={})
        return address.render_as_string(hide_password=False)

    def drop(self, address: str) -> None:
        """Drop a database."""
        self._cluster.drop_database(str(make_url(address).database))

    def kill(self) -> None:
        """Kill the server as losing its power would."""
        number = int((self._cluster.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(number, signal.SIGKILL)
        wait_for(lambda: not self._cluster.is_running(), "Postgres to die")

    def start(self) -> None:
        """Start it again, as soon as what it left lets it."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._cluster.start()
            except PostgresError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        """Stop it in peace."""
        self._cluster.stop()


class Program:
    """A process of the site that can be killed and started again."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._command = command
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self.log = log

    def start(self) -> None:
        """Start it, unless it runs."""
        if not self.has_ended():
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=REPOSITORY,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill it; it knows nothing of it, and nor does what it speaks to."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop, and wait; return its exit status."""
        return self._end(signal.SIGTERM)

    def has_ended(self) -> bool:
        """Return whether it isn't running."""
        return self._process is None or self._process.poll() is not None

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        return self._process.wait(START_SECONDS)


@dataclass(kw_only=True)
class Site:
    """A site with the course `squares`: its web service here, one worker on each host."""

    engine: Engine
    blobs: BlobStore
    hub: HubServer
    url: str
    database: Database
    web: Program
    workers: list[Program]
    hosts: tuple[Host, ...]
    logs: Path

    def tell(self) -> str:
        """Return the last that each process said, for a failure's report."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-5000:]}" for log in sorted(self.logs.glob("*.log"))
        )


@contextlib.contextmanager
def running_database(network: Network) -> Iterator[Database]:
    """Run a Postgres in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="nbq-chaos-"))
    folder.chmod(0o711)
    database = Database(folder, network)
    try:
        yield database
    finally:
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running_site(
    network: Network, database: Database, hub: HubServer, folder: Path, files: Mapping[str, str] | None = None
) -> Iterator[Site]:
    """Run a site on a database of its own; `files`: settings of where its files lie, else in a folder for all hosts."""
    address = database.make()
    port = free_port()
    settings = {
        "data_dir": str(folder / "data"),
        "database_url": address,
        "grading_workers": str(SLOTS),
        "service_port": str(port),
        **(files or {}),
    }
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("NBQUEST_", "JUPYTERHUB_"))}
    environment = outside | {f"NBQUEST_{name.upper()}": value for name, value in settings.items()}
    engine = sqlalchemy.create_engine(address, pool_pre_ping=True)
    blobs = open_blob_store(Settings(**settings))
    with session_scope(engine) as session:
        publish_squares(session, blobs, folder)
    nbquest = str(Path(sys.executable).with_name("nbquest"))
    pulse = ["--heartbeat-seconds", str(HEARTBEAT_SECONDS), "--stalled-seconds", str(STALLED_SECONDS)]
    site = Site(
        engine=engine,
        blobs=blobs,
        hub=hub,
        url=f"http://127.0.0.1:{port}/services/nbquest/",
        database=database,
        web=Program(
            [sys.executable, "-m", "nbquest.services.web"], environment | hub.environment(), folder / "web.log"
        ),
        workers=[
            Program(host.command([nbquest, "worker", *pulse]), environment, folder / f"worker-{index}.log")
            for index, host in enumerate(network.hosts)
        ],
        hosts=network.hosts,
        logs=folder,
    )
    programs = [site.web, *site.workers]
    try:
        for program in programs:
            program.start()
        yield site
    finally:
        for program in programs:
            program.kill()
        engine.dispose()
        database.drop(address)


def wait_for(what: Callable[[], bool], called: str, *, seconds: float = START_SECONDS) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited in vain for {called}"
        time.sleep(0.05)
