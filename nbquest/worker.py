"""`python -m nbquest.worker`: grades submissions until it is told to stop.

A worker that dies leaves its job marked as being done. Every worker tells Postgres regularly that it lives; each of
them looks for jobs of workers that no longer do, and puts them back into the queue.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

import procrastinate
import psycopg
import structlog
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import SQLAlchemyError

from grader.grading import SandboxUnavailable
from grader.pool import GraderPool
from nbquest import rooms
from nbquest.clock import utc_now
from nbquest.courses.options import grader_options, highest_limits
from nbquest.db.engine import create_engine, psycopg_address, session_scope
from nbquest.environments.store import EnvironmentStore, open_environments
from nbquest.errors import NbquestError, SettingsError
from nbquest.files.store import open_blob_store
from nbquest.jobs import workers
from nbquest.jobs.app import app
from nbquest.jobs.listening import ListeningWorker
from nbquest.jobs.queue import environment_queue
from nbquest.settings import Settings, load_settings
from nbquest.submissions.tasks import Tools

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between tries to reach a database that was lost."""
GIVING_WAY = 5
"""How nice a site's own worker is: beside it runs the web service, and handing in comes before grading."""
STOP_SECONDS = 15
"""How long a stop waits for grading that has begun; what isn't done by then is done after the next start."""


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """How often a worker says that it lives, and after how long a silence its jobs are given to another. Seconds.

    `poll`: how often it looks for jobs without being told of any. Postgres tells it of new ones; what is to be tried
    again after a pause, nobody tells of.
    """

    heartbeat: float = 5.0
    stalled: float = 20.0
    poll: float = 5.0


async def run(settings: Settings, pulse: Pulse) -> None:
    """Grade until SIGTERM or SIGINT, or until the database is lost: then whoever started this starts it anew.

    It takes the jobs that this machine has the packages for; where packages come or go, it listens anew.
    """
    if settings.database_url is None:
        raise SettingsError("NBQUEST_DATABASE_URL is not set: `nbquest serve` starts the worker, and sets it.")
    # Grading blocks: each one that runs at the same time needs a thread, and housekeeping must not wait for them.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(settings.grading_workers + 4))
    engine = create_engine(settings)
    connector = procrastinate.PsycopgConnector(
        conninfo=psycopg_address(settings.database_url.get_secret_value()), min_size=1, max_size=4
    )
    environments = open_environments(settings)
    try:
        with _warm_graders(settings) as graders, app.replace_connector(connector):
            tools = Tools(
                engine=engine,
                blobs=open_blob_store(settings),
                graders=graders,
                environments=environments,
                highest=highest_limits(settings),
            )
            async with app.open_async(), _retrying_stalled(pulse):
                with _stopping() as stop:
                    service = _Service(settings, pulse, tools, stop)
                    while not stop.is_set():
                        await service.run()
    finally:
        engine.dispose()
    log.info("worker stopped")


@contextlib.contextmanager
def _stopping() -> Iterator[asyncio.Event]:
    """Give an event that SIGTERM and SIGINT set."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


class _Service:
    """Serves the queues of the environments that are wanted and installed here, and tells the site of this worker."""

    def __init__(self, settings: Settings, pulse: Pulse, tools: Tools, stop: asyncio.Event) -> None:
        self._settings = settings
        self._pulse = pulse
        self._tools = tools
        self._stop = stop
        self._id = uuid4()
        self._started_at = utc_now()

    async def run(self) -> None:
        """Do jobs until told to stop, or until other queues are to be served. Raises what ended it otherwise."""
        queues = self._list_queues()
        log.info("worker started", concurrency=self._settings.grading_workers, tasks=len(rooms.TASKS), queues=queues)
        working = asyncio.create_task(
            ListeningWorker(
                app=app,
                queues=queues,
                name="grading",
                concurrency=self._settings.grading_workers,
                fetch_job_polling_interval=self._pulse.poll,
                additional_context={"tools": self._tools},
                update_heartbeat_interval=self._pulse.heartbeat,
                stalled_worker_timeout=self._pulse.stalled,
                shutdown_graceful_timeout=STOP_SECONDS,
                delete_jobs="successful",
                install_signal_handlers=False,
            ).run()  # type: ignore[no-untyped-call]
        )
        others = [asyncio.create_task(self._stop.wait()), asyncio.create_task(self._wait_for_change(queues))]
        try:
            await asyncio.wait([working, *others], return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
                raise ConnectorException("The worker lost the database.")
            working.cancel()  # which lets it finish what it has begun
            with contextlib.suppress(asyncio.CancelledError):
                await working
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            with contextlib.suppress(SQLAlchemyError):
                await asyncio.to_thread(self._leave)

    def _list_queues(self) -> list[str]:
        queues = list_queues(self._settings.worker_environments, self._tools.environments)
        if not queues:
            raise SettingsError(
                f"worker_environments: nothing of {self._settings.worker_environments!r} is installed on this machine. "
                "`nbquest environments list` shows what is, `nbquest environments build` installs what is missing."
            )
        return queues

    async def _wait_for_change(self, queues: list[str]) -> None:
        """Tell of this worker again and again, until other queues are to be served."""
        while queues == await asyncio.to_thread(self._list_queues):
            try:
                await asyncio.to_thread(self._tell, queues)
            except SQLAlchemyError:
                log.warning("the worker could not tell that it lives", exc_info=True)
            await asyncio.sleep(self._pulse.heartbeat)

    def _tell(self, queues: Sequence[str]) -> None:
        with session_scope(self._tools.engine) as session:
            workers.tell_worker(
                session, self._id, slots=self._settings.grading_workers, queues=queues, started_at=self._started_at
            )

    def _leave(self) -> None:
        with session_scope(self._tools.engine) as session:
            workers.forget_worker(session, self._id)


def list_queues(wanted: str, environments: EnvironmentStore) -> list[str]:
    """Return the queues of the environments that are `wanted` and are installed here (see the setting)."""
    names = {name.strip() for name in wanted.split(",")}
    base = {"base", "all"} & names
    built = [one.digest for one in environments.list_built() if "all" in names or one.folder.name in names]
    return [environment_queue(digest) for digest in (*([None] if base else []), *built)]


@contextlib.contextmanager
def _warm_graders(settings: Settings) -> Iterator[GraderPool]:
    """Start the grader that most courses need, so that the first submission finds it warm.

    Without a sandbox the worker runs on: each submission is then tried again, and at last told why it has no grade.
    """
    graders = GraderPool(grader_options(settings), size=max(settings.grading_warm, settings.grading_workers))
    try:
        try:
            graders.warm()
        except SandboxUnavailable as error:
            log.error("the sandbox can't be used, so nothing is graded", reason=str(error))
        yield graders
    finally:
        graders.close(patience=0)  # what still runs has had STOP_SECONDS


@contextlib.asynccontextmanager
async def _retrying_stalled(pulse: Pulse) -> AsyncIterator[None]:
    """Put the jobs of dead workers back into the queue, now and then, beside the worker's own jobs."""
    task = asyncio.create_task(_retry_stalled_for_ever(pulse))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _retry_stalled_for_ever(pulse: Pulse) -> None:
    while True:
        try:
            await retry_stalled_jobs(pulse.stalled)
        except ConnectorException:
            # The database's loss ends the worker by itself; here it only means that nothing was retried.
            log.warning("stalled jobs could not be looked for", exc_info=True)
        await asyncio.sleep(pulse.heartbeat)


async def retry_stalled_jobs(seconds: float) -> int:
    """Put the jobs of workers that have been silent for so long back into the queue; return how many there were."""
    jobs = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds))
    retried = 0
    for job in jobs:
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:
            continue  # another worker was faster
        retried += 1
        log.warning("job of a lost worker put back into the queue", job=job.id, task=job.task_name)
    return retried


async def run_for_good(settings: Settings, pulse: Pulse) -> None:
    """Run until SIGTERM or SIGINT; where the database is lost, try again until it is back."""
    pause = FIRST_PAUSE
    while True:
        began = time.monotonic()
        try:
            await run(settings, pulse)
        except (ConnectorException, SQLAlchemyError, psycopg.Error) as error:
            log.warning("the database was lost", error=type(error).__name__, retry_seconds=pause)
        else:
            return
        pause = FIRST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
        await asyncio.sleep(pause)


def configure_logging() -> None:
    """Write one JSON object a line to stderr, for our own messages and those of the libraries."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def main() -> None:
    """Run a site's own worker; the arguments are for tests, the settings for sites."""
    pulse = Pulse()
    parser = argparse.ArgumentParser(prog="nbquest.worker", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--heartbeat-seconds", type=float, default=pulse.heartbeat, help="default: %(default)s")
    parser.add_argument("--stalled-seconds", type=float, default=pulse.stalled, help="default: %(default)s")
    parser.add_argument("--poll-seconds", type=float, default=pulse.poll, help="default: %(default)s")
    arguments = parser.parse_args()
    os.umask(0o077)
    os.nice(GIVING_WAY)
    configure_logging()
    try:
        settings = load_settings()
        pulse = Pulse(
            heartbeat=arguments.heartbeat_seconds, stalled=arguments.stalled_seconds, poll=arguments.poll_seconds
        )
        asyncio.run(run(settings, pulse))
    except NbquestError as error:
        log.error("worker can't run", reason=error.message)
        sys.exit(1)


if __name__ == "__main__":
    main()
