"""A worker that misses no word of a new job."""

from __future__ import annotations

from typing import Any

from procrastinate import jobs
from procrastinate.worker import Worker


class ListeningWorker(Worker):
    """procrastinate's worker, which looks again where it was told of a job while it looked.

    Its own one forgets what it was told between asking for a job and hearing that there is none: such a job waited for
    the next poll, or for the next job.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._told = 0

    async def _handle_notification(self, *, channel: str, notification: jobs.Notification) -> None:
        self._told += 1
        await super()._handle_notification(channel=channel, notification=notification)

    async def _fetch_and_process_jobs(self) -> None:
        told = -1
        while told != self._told and not self._stop_event.is_set():
            told = self._told
            await super()._fetch_and_process_jobs()  # type: ignore[no-untyped-call]
