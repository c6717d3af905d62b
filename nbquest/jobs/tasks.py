"""The job that keeps the queue short."""

from __future__ import annotations

from typing import Protocol

import structlog
from procrastinate import JobContext
from sqlalchemy import Engine

from nbquest.jobs.app import GRADING_QUEUE, app
from nbquest.jobs.pruning import prune_jobs

log = structlog.get_logger()

HOURLY = "17 * * * *"
"""When rows that are too old are deleted. Every hour: a machine that is off at night is swept by day."""


class Tools(Protocol):
    """What pruning needs of what a worker gives to its jobs."""

    @property
    def engine(self) -> Engine:
        """The site's database."""


@app.periodic(cron=HOURLY)
@app.task(name="jobs.prune", queue=GRADING_QUEUE, lock="prune-jobs", queueing_lock="prune-jobs", pass_context=True)
def prune(context: JobContext, timestamp: int) -> None:
    """Run in a worker's thread; what one run leaves, the next one does."""
    tools: Tools = context.additional_context["tools"]
    pruned = prune_jobs(tools.engine)
    if pruned:
        log.info("pruned jobs that are long over", jobs=pruned)
