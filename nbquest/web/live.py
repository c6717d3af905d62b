"""Live signals: one LISTEN connection per process, fanned out to one bounded queue per open stream.

A signal says that something happened to a person; it is not the news itself. Where signals may have been lost (the
database went away, a slow client's queue was full) the stream gets a `Resync` and reads what it missed from the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from sqlalchemy.engine import Engine

from nbquest.web.errors import ShuttingDown, TooManyStreams

log = structlog.get_logger(__name__)

CHANNEL = "nbquest"
QUEUE_LENGTH = 64
STREAMS_PER_PERSON = 16
LONGEST_PAUSE = 5.0


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A notification with this id was stored."""

    id: int


@dataclass(frozen=True, kw_only=True)
class Passing:
    """Something happened that is not stored."""

    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Resync:
    """Signals may have been lost: read what is stored."""


@dataclass(frozen=True)
class Closing:
    """No more signals will come."""


Signal = Stored | Passing | Resync | Closing


@dataclass(eq=False)
class Stream:
    """One open stream's queue of signals."""

    queue: asyncio.Queue[Signal] = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))

    def offer(self, signal: Signal) -> None:
        """Queue a signal; a queue that is full is emptied for one Resync."""
        try:
            self.queue.put_nowait(signal)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(Resync() if not isinstance(signal, Closing) else signal)

    async def next_signal(self, *, timeout_seconds: float) -> Signal | None:
        """Return the next signal, or None when none came in time."""
        try:
            return await asyncio.wait_for(self.queue.get(), timeout_seconds)
        except TimeoutError:
            return None


def parse_signal(text: str) -> tuple[str, Signal] | None:
    """Return the person and the signal that a NOTIFY's payload tells of, or None when it can't be read."""
    try:
        data = json.loads(text)
        person = data["person"]
        if not isinstance(person, str):
            return None
        if "id" in data:
            return person, Stored(id=int(data["id"]))
        return person, Passing(kind=str(data["kind"]), payload=dict(data.get("payload") or {}))
    except (ValueError, KeyError, TypeError):
        return None


class Broadcaster:
    """Listens to the database and hands each signal to the streams of its person."""

    def __init__(self, engine: Engine) -> None:
        self._address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._streams: defaultdict[str, set[Stream]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.listening = asyncio.Event()

    def start(self) -> None:
        """Start to listen, in the running event loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen_forever(), name="nbquest-live")

    async def close(self) -> None:
        """End every stream and stop listening."""
        self._closed = True
        self._offer_to_all(Closing())
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def require_room(self, person: str) -> None:
        """Raise TooManyStreams or ShuttingDown where `person` can have no further stream."""
        if self._closed:
            raise ShuttingDown()
        if len(self._streams.get(person, ())) >= STREAMS_PER_PERSON:
            raise TooManyStreams()

    @contextlib.contextmanager
    def open_stream(self, person: str) -> Iterator[Stream]:
        """Give a stream of `person`'s signals from now on."""
        stream = Stream()
        self._streams[person].add(stream)
        if self._closed:
            stream.offer(Closing())
        try:
            yield stream
        finally:
            self._streams[person].discard(stream)
            if not self._streams[person]:
                del self._streams[person]

    @property
    def stream_count(self) -> int:
        """Number of open streams."""
        return sum(map(len, self._streams.values()))

    async def _listen_forever(self) -> None:
        pause = 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._address, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause = 0.1
                    self._offer_to_all(Resync())
                    self.listening.set()
                    async for notify in connection.notifies():
                        self._hand_out(notify.payload)
            except psycopg.Error as error:
                log.warning("live.disconnected", error=type(error).__name__, retry_seconds=pause)
            finally:
                self.listening.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _hand_out(self, text: str) -> None:
        parsed = parse_signal(text)
        if parsed is None:
            log.warning("live.unreadable_signal", length=len(text))
            return
        person, signal = parsed
        for stream in tuple(self._streams.get(person, ())):
            stream.offer(signal)

    def _offer_to_all(self, signal: Signal) -> None:
        for streams in self._streams.values():
            for stream in streams:
                stream.offer(signal)
