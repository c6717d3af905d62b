"""How Postgres comes by what the product asks for: the plan of every query of some uses, with the rows that it read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.db.engine import session_scope
from nbquest.notifications import api as notifications
from nbquest.progress import api as progress
from nbquest.submissions import api as submissions
from nbquest.submissions import deadline, quotas
from nbquest.submissions.models import SubmissionRow
from tests.bench.history import TABLES, list_learners
from tests.bench.running_site import ASSIGNMENTS, COURSE, NOTEBOOK, Site
from tests.factories.courses import outcome

MANY = 4000
"""Rows of one table that no query of a single person needs to look at, however long the history is."""
_UNPLANNED = ("pg_notify", "pg_advisory", "procrastinate_defer")


@dataclass(frozen=True, kw_only=True)
class Read:
    """What one node of a plan read of a table: rows looked at, those that were then dropped included."""

    node: str
    table: str
    rows: float
    statement: str


@contextlib.contextmanager
def recording(engine: Engine) -> Iterator[list[Read]]:
    """Run every query twice, first to see what it reads; give the list to which that is added."""
    found: list[Read] = []

    def explain_first(
        _connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if many or not statement.lstrip().startswith("SELECT") or any(name in statement for name in _UNPLANNED):
            return
        with cursor.connection.cursor() as other:
            other.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            plan = other.fetchone()[0][0]["Plan"]
        found.extend(_reads(plan, statement))

    sqlalchemy.event.listen(engine, "before_cursor_execute", explain_first)
    try:
        yield found
    finally:
        sqlalchemy.event.remove(engine, "before_cursor_execute", explain_first)


def _reads(node: dict[str, Any], statement: str) -> Iterator[Read]:
    if "Relation Name" in node:
        loops = node["Actual Loops"]
        dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        rows = (node["Actual Rows"] + dropped) * loops
        yield Read(node=node["Node Type"], table=node["Relation Name"], rows=rows, statement=statement)
    for inner in node.get("Plans", ()):
        yield from _reads(inner, statement)


def explain(site: Site) -> dict[str, list[str]]:
    """Return, for what learners and operators ask most, the tables of which too much is read, each with how much."""
    return {name: list_excessive(site.engine, use) for name, use in _uses(site).items()}


def list_excessive(engine: Engine, use: Callable[[Session], object]) -> list[str]:
    """Return the tables that grow of which `use` reads all, or more than a few thousand rows, with how much."""
    with recording(engine) as reads, session_scope(engine) as session:
        use(session)
        session.rollback()
    excessive = {
        f"{read.table} ({read.node}, {read.rows:.0f} rows)"
        for read in reads
        if read.table in TABLES and (read.rows > MANY or (read.node == "Seq Scan" and read.rows > MANY / 4))
    }
    return sorted(excessive)


def _uses(site: Site) -> dict[str, Callable[[Session], object]]:
    person = list_learners(site, 7)[-1]
    assignment = ASSIGNMENTS[3]
    with session_scope(site.engine) as session:
        own = submissions.list_submissions(session, person=person, limit=1).items[0]
        person_id = session.scalars(select(SubmissionRow.person_id).where(SubmissionRow.id == own.id)).one()
        notebook = courses.get_release(session, site.blobs, COURSE, assignment).files[0].content_base64.encode()
    return {
        "own submissions": lambda session: submissions.list_submissions(session, person=person),
        "own submissions of a course": lambda session: submissions.list_submissions(
            session, person=person, course=COURSE, limit=20
        ),
        "own submissions of an assignment": lambda session: submissions.list_submissions(
            session, person=person, course=COURSE, assignment=assignment
        ),
        "newest of a course": lambda session: submissions.list_submissions(session, course=COURSE, limit=25),
        "newest of an assignment": lambda session: submissions.list_submissions(
            session, course=COURSE, assignment=assignment, limit=25
        ),
        "one submission": lambda session: submissions.get_submission(session, own.id),
        "home": lambda session: submissions.list_course_work(session, person),
        "course": lambda session: submissions.get_course_work(session, person, COURSE),
        "progress": lambda session: progress.get_progress(session, person),
        "notifications": lambda session: notifications.list_notifications(session, person),
        "notifications since": lambda session: notifications.list_notifications(session, person, after_id=1),
        "quota": lambda session: quotas.check_quotas(
            session, quotas.Quotas(person=10**12), person_id=person_id, course=COURSE, size=1
        ),
        "hand in and grade": lambda session: _hand_in_and_grade(session, site, person, assignment, notebook),
        "queue overview": submissions.describe_queue,
        "drafts that are due": deadline.list_due,
    }


def _hand_in_and_grade(session: Session, site: Site, person: str, assignment: str, notebook: bytes) -> None:
    made = submissions.submit(
        session,
        site.blobs,
        person=person,
        course=COURSE,
        assignment=assignment,
        notebooks={NOTEBOOK: notebook},
        key="explained",
    )
    attempt = session.scalar(sqlalchemy.text("SELECT id FROM attempts WHERE submission_id = :made"), {"made": made.id})
    submissions.start_attempt(session, attempt)
    submissions.record_outcome(session, attempt, {NOTEBOOK: outcome({"test_squares": (1, 1)})}, blobs=site.blobs)
    submissions.get_submission(session, made.id)
