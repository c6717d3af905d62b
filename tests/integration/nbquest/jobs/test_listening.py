"""A job that comes just as a worker finds none is done at once, not at the next poll."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import procrastinate
import sqlalchemy
from procrastinate.worker import Worker
from sqlalchemy import Engine

from nbquest.db.engine import psycopg_address, session_scope
from nbquest.jobs.app import defer
from nbquest.jobs.listening import ListeningWorker

NEVER = 24 * 3600.0
WAIT_SECONDS = 120
WARM_UP, LATE = "warm-up", "late"


class _Slow(procrastinate.PsycopgConnector):
    """Once it is `armed`, brings the answer that there is no job only when one has come, and the worker was told."""

    def __init__(self, engine: Engine, **options: Any) -> None:
        super().__init__(**options)
        self._engine = engine
        self.armed = False
        self.told = asyncio.Event()

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        row = await super().execute_query_one_async(query, **arguments)
        if self.armed and "procrastinate_fetch_job" in query and row.get("id") is None:
            self.armed = False
            self.told.clear()
            await asyncio.to_thread(_defer, self._engine, LATE)
            await asyncio.wait_for(self.told.wait(), WAIT_SECONDS)
        return row

    async def listen_notify(self, on_notification: Any, channels: Iterable[str]) -> None:
        async def tell(**notification: Any) -> None:
            await on_notification(**notification)
            self.told.set()

        await super().listen_notify(tell, channels)


def _defer(engine: Engine, what: str) -> None:
    with session_scope(engine) as session:
        defer(session, "test.work", what=what)


async def _is_done(database_url: str, kind: type[Worker], *, within_seconds: float) -> bool:
    """Return whether a worker of this kind does a job that came while it looked, without polling."""
    engine = sqlalchemy.create_engine(database_url)
    connector = _Slow(engine, conninfo=psycopg_address(database_url))
    app = procrastinate.App(connector=connector)
    done = asyncio.Event()

    @app.task(name="test.work")
    async def work(what: str) -> None:
        if what == LATE:
            done.set()

    async with app.open_async():
        worker = kind(app=app, queues=["grading"], fetch_job_polling_interval=NEVER, install_signal_handlers=False)
        running = asyncio.create_task(worker.run())
        while not connector.told.is_set():  # until it listens
            await asyncio.to_thread(_defer, engine, WARM_UP)
            await asyncio.sleep(0.1)
        connector.armed = True
        await asyncio.to_thread(_defer, engine, WARM_UP)
        try:
            await asyncio.wait_for(done.wait(), within_seconds)
        except TimeoutError:
            return False
        finally:
            worker.stop()
            await running
            engine.dispose()
    return True


async def test_a_job_that_comes_while_a_worker_looks_is_not_missed(database_url: str) -> None:
    """The worker polls once a day: only Postgres' word can have made it look again."""
    assert await _is_done(database_url, ListeningWorker, within_seconds=WAIT_SECONDS)


async def test_procrastinates_own_worker_misses_it(database_url: str) -> None:
    """Where this fails, procrastinate has mended it, and ours is needed no more."""
    assert not await _is_done(database_url, Worker, within_seconds=3)
