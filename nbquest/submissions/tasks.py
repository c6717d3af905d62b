"""The grading job."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from procrastinate import JobContext, RetryStrategy
from sqlalchemy import Engine

from grader.certificate import Certificate
from grader.errors import GraderError
from grader.grading import GradeRequest, Limits, SandboxUnavailable
from grader.pool import GraderPool
from nbquest.courses import api as courses
from nbquest.courses.limits import HIGHEST, effective
from nbquest.db.engine import session_scope
from nbquest.environments.errors import EnvironmentMissing
from nbquest.environments.store import EnvironmentStore
from nbquest.files.store import BlobStore
from nbquest.jobs.app import GRADING_QUEUE, app
from nbquest.submissions import grades, rules
from nbquest.submissions.grades import GRADE_TASK, AttemptWork

log = structlog.get_logger()

MAX_RUNS = 4
"""How often a worker may begin an attempt: a failure of ours, or what takes the worker down, ends somewhere."""
SANDBOX_MESSAGE = (
    "The grading sandbox can't be used on this site at the moment, so this could not be graded. Your work is kept. "
    "The site's administrator can see why with `nbquest doctor`; it can then be graded again."
)
PACKAGES_MESSAGE = (
    "The packages of this course are not installed on this site at the moment, so this could not be graded. Your work "
    "is kept. The site's administrator installs them with `nbquest environments build`; it can then be graded again."
)
FAILURE_MESSAGE = (
    "Something on our side went wrong while grading, several times. Your work is kept, and no points are lost: "
    "it can be graded again, or you can hand it in again."
)


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a worker gives to its jobs: opened once for the whole process.

    `highest`: above it no run's limits go. `environments`: those of courses that bring packages.
    """

    engine: Engine
    blobs: BlobStore
    graders: GraderPool
    environments: EnvironmentStore
    highest: Limits = HIGHEST


@app.task(
    name=GRADE_TASK,
    queue=GRADING_QUEUE,
    pass_context=True,
    retry=RetryStrategy(max_attempts=MAX_RUNS, exponential_wait=2),
)
def grade_attempt(context: JobContext, attempt_id: int, course: str | None = None) -> None:
    """Run in a worker's thread, so that its event loop goes on. `course` is the queue's, and missing in old jobs."""
    run_attempt(context.additional_context["tools"], attempt_id)


def run_attempt(tools: Tools, attempt_id: int) -> None:
    """Grade an attempt. At least once: a second run finds the grade there and does nothing.

    Raises what went wrong on our side, for the queue to try again; the last time it is told to the learner instead.
    """
    with session_scope(tools.engine) as session:
        work = grades.start_attempt(session, attempt_id)
    if work is None:
        return
    if work.run > MAX_RUNS:
        _give_up(tools, attempt_id, FAILURE_MESSAGE)
        return
    try:
        grade(tools, work)
    except Exception as error:  # a process's edge: our failure must never become a score
        log.exception("grading failed", attempt_id=attempt_id, run=work.run)
        if work.run < MAX_RUNS:
            raise
        _give_up(tools, attempt_id, _message(error))


def _message(error: Exception) -> str:
    if isinstance(error, SandboxUnavailable):
        return SANDBOX_MESSAGE
    return PACKAGES_MESSAGE if isinstance(error, EnvironmentMissing) else FAILURE_MESSAGE


def grade(tools: Tools, work: AttemptWork) -> None:
    """Grade the attempt's notebooks one after the other and keep the outcome, all in one transaction at the end."""
    with session_scope(tools.engine) as session:
        version = courses.get_grading_version(session, tools.blobs, work.version_id)
    limits = effective(version.limits, usual=tools.graders.options.limits, highest=tools.highest)
    environment = tools.environments.get_grading(version.environment)
    outcomes = {
        path: tools.graders.grade(
            GradeRequest(
                source=version.prepared.get(path, version.notebooks[path]),
                certificate=version.certificates.get(path),
                submission=tools.blobs.get(sha256),
                resources=version.resources,
                limits=limits,
            ),
            environment=environment,
            preload=_preloaded(version.certificates.get(path)),
        )
        for path, sha256 in work.files.items()
        if path in version.notebooks
    }
    if not outcomes:
        raise GraderError("none of the handed-in notebooks is part of this version")
    missing = {
        path: rules.cells_not_handed_in(path, source)
        for path, source in version.notebooks.items()
        if path not in work.files
    }
    with session_scope(tools.engine) as session:
        grades.record_outcome(session, work.attempt_id, outcomes, blobs=tools.blobs, missing=missing)
    log.info("graded", attempt_id=work.attempt_id, notebooks=len(outcomes))


def _preloaded(certificate: Certificate | None) -> tuple[str, ...]:
    """Return what the notebook imports, as far as publishing found out."""
    return () if certificate is None else certificate.preload


def _give_up(tools: Tools, attempt_id: int, message: str) -> None:
    with session_scope(tools.engine) as session:
        grades.record_failure(session, attempt_id, message)
