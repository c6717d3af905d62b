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
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException

from grader.grading import SandboxUnavailable
from grader.pool import GraderPool
from nbquest import rooms
from nbquest.courses.options import grader_options, highest_limits
from nbquest.db.engine import create_engine, psycopg_address
from nbquest.environments.store import open_environments
from nbquest.errors import NbquestError, SettingsError
from nbquest.files.store import open_blob_store
from nbquest.jobs.app import GRADING_QUEUE, app
from nbquest.settings import Settings, load_settings
from nbquest.submissions.tasks import Tools

log = structlog.get_logger()

STOP_SECONDS = 15
"""How long a stop waits for grading that has begun; what isn't done by then is done after the next start."""


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """How often a worker says that it lives, and after how long a silence its jobs are given to another. Seconds."""

    heartbeat: float = 5.0
    stalled: float = 20.0


async def run(settings: Settings, pulse: Pulse) -> None:
    """Grade until SIGTERM or SIGINT, or until the database is lost (the supervisor then starts anew)."""
    if settings.database_url is None:
        raise SettingsError("NBQUEST_DATABASE_URL is not set: `nbquest serve` starts the worker, and sets it.")
    # Grading blocks: each one that runs at the same time needs a thread, and housekeeping must not wait for them.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(settings.grading_workers + 4))
    engine = create_engine(settings)
    connector = procrastinate.PsycopgConnector(
        conninfo=psycopg_address(settings.database_url.get_secret_value()), min_size=1, max_size=4
    )
    try:
        with _warm_graders(settings) as graders, app.replace_connector(connector):
            tools = Tools(
                engine=engine,
                blobs=open_blob_store(settings),
                graders=graders,
                environments=open_environments(settings),
                highest=highest_limits(settings),
            )
            async with app.open_async(), _retrying_stalled(pulse):
                log.info("worker started", concurrency=settings.grading_workers, tasks=len(rooms.TASKS))
                await app.run_worker_async(
                    queues=[GRADING_QUEUE],
                    name="grading",
                    concurrency=settings.grading_workers,
                    additional_context={"tools": tools},
                    update_heartbeat_interval=pulse.heartbeat,
                    stalled_worker_timeout=pulse.stalled,
                    shutdown_graceful_timeout=STOP_SECONDS,
                    delete_jobs="successful",
                )
    finally:
        engine.dispose()
    log.info("worker stopped")


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
    """Run a worker; the arguments are for tests, the settings for sites."""
    pulse = Pulse()
    parser = argparse.ArgumentParser(prog="nbquest.worker", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--heartbeat-seconds", type=float, default=pulse.heartbeat, help="default: %(default)s")
    parser.add_argument("--stalled-seconds", type=float, default=pulse.stalled, help="default: %(default)s")
    arguments = parser.parse_args()
    os.umask(0o077)
    configure_logging()
    try:
        settings = load_settings()
        asyncio.run(run(settings, Pulse(heartbeat=arguments.heartbeat_seconds, stalled=arguments.stalled_seconds)))
    except NbquestError as error:
        log.error("worker can't run", reason=error.message)
        sys.exit(1)


if __name__ == "__main__":
    main()
