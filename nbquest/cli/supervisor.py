"""Runs the site's processes side by side and stops them in order."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hub_config import lifeline
from nbquest.db.embedded import EmbeddedPostgres
from nbquest.errors import StartError
from nbquest.settings import REPOSITORY, Settings

READY_SECONDS = 120
HUB_STOP_SECONDS = 60
WORKER_STOP_SECONDS = 20
RESTART_PAUSES = (1, 2, 5, 15, 60)
"""Seconds before a worker that died is started again; the last one repeats."""
MAX_LOG_BYTES = 20_000_000


class ProcessDied(StartError):
    """A process of the site ended on its own."""

    code = "process-died"


@dataclass
class Process:
    """One process of the site, its log and how long it may take to stop."""

    name: str
    command: list[str]
    stop_seconds: float
    log: Path
    child: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    restart_at: float = field(default=0.0)

    def start(self, environment: dict[str, str]) -> None:
        """Start it in a session of its own: Ctrl-C reaches the supervisor alone, and it dies with the supervisor."""
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            self.log.chmod(0o600)
            self.child = subprocess.Popen(
                [sys.executable, "-I", lifeline.__file__, str(os.getpid()), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=REPOSITORY,
                start_new_session=True,
            )

    def has_died(self) -> bool:
        """Return whether it was started and has ended."""
        return self.child is not None and self.child.poll() is not None

    def stop(self) -> None:
        """Ask it to end, wait, then end it with all that it started."""
        if self.child is None or self.child.poll() is not None:
            return
        self.child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(self.stop_seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def last_lines(self, count: int = 8) -> str:
        """Return the end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-count:] if self.log.exists() else []
        return "\n".join(f"  {line}" for line in lines)


class Site:
    """The Hub (which runs the proxy and the web service) and the worker."""

    def __init__(self, settings: Settings, environment: dict[str, str], postgres: EmbeddedPostgres | None) -> None:
        self._settings = settings
        self._environment = environment
        self._postgres = postgres
        self._stopping = threading.Event()
        logs = settings.logs_dir
        hub = [sys.executable, "-m", "jupyterhub", "-f", str(REPOSITORY / "jupyterhub_config.py")]
        self.hub = Process("hub", hub, HUB_STOP_SECONDS, logs / "hub.log")
        worker = [sys.executable, "-m", "nbquest.worker"]
        self.worker = Process("worker", worker, WORKER_STOP_SECONDS, logs / "worker.log")

    def run(self, *, when_ready: Callable[[], None]) -> None:
        """Run until SIGINT or SIGTERM; raise ProcessDied where the Hub ends or never answers."""
        with self._signals():
            try:
                self.worker.start(self._environment)
                self.hub.start(self._environment)
                if self._wait_until_ready():
                    when_ready()
                    self._watch()
            finally:
                print("\nStopping: this takes a few seconds", flush=True)
                self.hub.stop()
                self.worker.stop()
                print("Stopped.", flush=True)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        previous = {
            number: signal.signal(number, lambda *_: self._stopping.set())
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _wait_until_ready(self) -> bool:
        """Return True when Hub and service answer, False when asked to stop meanwhile."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._stopping.wait(0.25):
            if self.hub.has_died():
                raise ProcessDied(f"The Hub ended while starting. From {self.hub.log}:\n{self.hub.last_lines()}")
            if self.worker.has_died():
                raise ProcessDied(
                    f"The worker ended while starting. From {self.worker.log}:\n{self.worker.last_lines()}"
                )
            if all(
                _answers(f"{self._settings.public_url}{path}")
                for path in ("/hub/health", "/services/nbquest/api/health")
            ):
                return True
            if time.monotonic() > deadline:
                raise ProcessDied(
                    f"The Hub did not answer within {READY_SECONDS} s. From {self.hub.log}:\n{self.hub.last_lines()}"
                )
        return False

    def _watch(self) -> None:
        while not self._stopping.wait(0.3):
            if self.hub.has_died():
                raise ProcessDied(f"The Hub ended. From {self.hub.log}:\n{self.hub.last_lines()}")
            self._keep_postgres()
            self._keep_worker()

    def _keep_postgres(self) -> None:
        """Start our own Postgres again where it ended: the others wait for it and connect anew."""
        if self._postgres is not None and not self._postgres.is_running():
            print(f"Postgres ended; starting it again. Its log is {self._postgres.log}", flush=True)
            self._postgres.start()

    def _keep_worker(self) -> None:
        """Start a worker that died again: jobs wait in the database meanwhile."""
        if not self.worker.has_died():
            return
        now = time.monotonic()
        if self.worker.restart_at == 0.0:
            pause = RESTART_PAUSES[min(self.worker.restarts, len(RESTART_PAUSES) - 1)]
            self.worker.restart_at = now + pause
            print(f"The worker ended; starting it again in {pause} s. Its log is {self.worker.log}", flush=True)
        elif now >= self.worker.restart_at:
            self.worker.restart_at = 0.0
            self.worker.restarts += 1
            self.worker.start(self._environment)


@contextlib.contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Have SIGTERM and SIGHUP unwind the stack, as Ctrl-C does, so that whatever was started so far is stopped."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    previous = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (OSError, http.client.HTTPException):
        return False
