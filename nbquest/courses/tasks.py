"""The job that certifies a course which was published without waiting for it."""

from __future__ import annotations

from typing import Protocol

import structlog
from procrastinate import JobContext, RetryStrategy
from sqlalchemy import Engine

from grader.grading import Limits
from grader.pool import GraderPool
from nbquest.courses import api
from nbquest.courses.certifying import CERTIFY_TASK, Certifier
from nbquest.db.engine import session_scope
from nbquest.environments.store import EnvironmentStore
from nbquest.files.store import BlobStore
from nbquest.jobs.app import GRADING_QUEUE, app

log = structlog.get_logger()


class Tools(Protocol):
    """What certifying needs of what a worker gives to its jobs."""

    @property
    def engine(self) -> Engine:
        """The site's database."""

    @property
    def blobs(self) -> BlobStore:
        """The site's files."""

    @property
    def graders(self) -> GraderPool:
        """Warm graders."""

    @property
    def environments(self) -> EnvironmentStore:
        """Those of courses that bring packages."""

    @property
    def highest(self) -> Limits:
        """Above it no run's limits go."""


@app.task(
    name=CERTIFY_TASK,
    queue=GRADING_QUEUE,
    pass_context=True,
    retry=RetryStrategy(max_attempts=3, exponential_wait=2),
)
def certify_course(context: JobContext, course: str) -> None:
    """Run in a worker's thread, so that its event loop goes on."""
    run_certifying(context.additional_context["tools"], course)


def run_certifying(tools: Tools, course: str) -> None:
    """Certify the newest versions of the course's assignments where they aren't. It can be run again."""
    certifier = Certifier(tools.graders, environments=tools.environments, highest=tools.highest)
    with session_scope(tools.engine) as session:
        found = api.certify_course(session, tools.blobs, course, certifier)
    engines = [notebook.engine if notebook.certified else "none" for each in found for notebook in each.notebooks]
    log.info("certified", course=course, engines=engines)
