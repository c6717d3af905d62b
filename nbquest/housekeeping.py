"""The job that removes stored files which nothing names any more, once a day.

It stands above the rooms, for what it removes is what no table of theirs names; `nbquest.rooms` imports them all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from procrastinate import JobContext
from sqlalchemy import Engine

from nbquest.files.collecting import Collected, collect_blobs
from nbquest.files.errors import BlobStoreUnavailable
from nbquest.files.store import BlobStore
from nbquest.jobs.app import GRADING_QUEUE, app
from nbquest.settings import Settings, load_settings

log = structlog.get_logger()

COLLECT_TASK = "files.collect"
HOURLY = "23 * * * *"
"""When it is looked at whether the site's hour has come, which a setting says."""


class Tools(Protocol):
    """What collecting needs of what a worker gives to its jobs."""

    @property
    def engine(self) -> Engine:
        """The site's database."""

    @property
    def blobs(self) -> BlobStore:
        """The site's files."""


@app.periodic(cron=HOURLY)
@app.task(
    name=COLLECT_TASK,
    queue=GRADING_QUEUE,
    lock="collect-files",
    queueing_lock="collect-files",
    pass_context=True,
)
def collect_files(context: JobContext, timestamp: int) -> None:
    """Run in a worker's thread; what one run leaves, the next one does. A worker that stops lets it end early."""
    settings = load_settings()
    if is_time(settings, datetime.fromtimestamp(timestamp, UTC)):
        tools: Tools = context.additional_context["tools"]
        run_collection(tools, settings, stop=context.should_abort)


def is_time(settings: Settings, moment: datetime) -> bool:
    """Return whether files are to be collected in the hour that this moment is in."""
    return moment.astimezone(UTC).hour == settings.files_collect_hour


def run_collection(tools: Tools, settings: Settings, *, stop: Callable[[], bool]) -> Collected | None:
    """Do what `nbquest files collect` does, and log what came of it; None where the store can't be reached."""
    grace = timedelta(hours=settings.files_grace_hours)
    try:
        collected = collect_blobs(tools.engine, tools.blobs, grace=grace, stop=stop)
    except BlobStoreUnavailable as error:
        log.error("stored files could not be collected; tomorrow it is tried again", reason=error.reason)
        return None
    log.info(
        "collected stored files that nothing names",
        looked_at=collected.looked_at,
        removed=collected.removed,
        bytes=collected.bytes,
        busy=collected.busy,
        partial=collected.partial,
        stopped=collected.stopped,
    )
    return collected
