"""A course in another language, from publishing to the grade."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy
from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from grader.pool import GraderPool
from nbquest.courses import api as courses
from nbquest.db.engine import session_scope
from nbquest.environments.store import EnvironmentStore
from nbquest.files.store import MemoryBlobStore
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from nbquest.submissions.tasks import Tools, run_attempt
from tests.factories.courses import write_course
from tests.factories.notebooks import graded, notebook, solution

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow]
# What script/bootstrap --dev makes of requirements/kernels.txt: learners' servers of a site that teaches Scheme.
OPTIONS = GraderOptions(python=Path(sys.prefix).parent / ".venv-kernels" / "bin" / "python", preload=())
TEST = """(assert = (square 2) 4)
;; BEGIN HIDDEN TESTS
; hint: And below zero?
(assert = (square -3) 9)
;; END HIDDEN TESTS"""
ANSWER = ";; BEGIN SOLUTION\n(define (square n) (* n n))\n;; END SOLUTION"


def scheme(answer: str) -> bytes:
    return notebook(solution("square", answer), graded("test", TEST, 2), language="scheme", kernel="calysto_scheme")


@pytest.fixture(scope="module")
def graders() -> Iterator[GraderPool]:
    with GraderPool(OPTIONS) as opened:
        yield opened


def test_a_scheme_course(database_url: str, graders: GraderPool, store: EnvironmentStore, tmp_path: Path) -> None:
    engine = sqlalchemy.create_engine(database_url)
    tools = Tools(engine=engine, blobs=MemoryBlobStore(), graders=graders, environments=store)
    folder = write_course(tmp_path / "sicp", {"first/squares.ipynb": scheme(ANSWER)})
    with session_scope(engine) as session:
        published = courses.publish_course(
            session, tools.blobs, folder, publisher=None, grader_options=OPTIONS, certify=True
        )
        (assignment,) = courses.list_certificates(session, "sicp")
    assert published.assignments[0].warnings == []
    assert [(found.engine, found.certified, found.problem) for found in assignment.notebooks] == [
        ("kernel", True, None)
    ]
    results = []
    for answer in ("(define (square n) (* n n))", "(define (square n) (* 2 n))"):
        with session_scope(engine) as session:
            made = submissions.submit(
                session,
                tools.blobs,
                person="ada",
                course="sicp",
                assignment="first",
                notebooks={"squares.ipynb": scheme(answer)},
                key=str(uuid4()),
            )
            attempt = session.scalars(select(AttemptRow.id).where(AttemptRow.submission_id == made.id)).one()
        run_attempt(tools, attempt)
        with session_scope(engine) as session:
            results.append(submissions.get_submission(session, made.id).result)
    engine.dispose()
    right, wrong = results
    assert right is not None
    assert wrong is not None
    assert (right.score, right.max_score, right.isolation) == (Decimal(2), Decimal(2), "kernel")
    assert [(cell.message, cell.hidden) for cell in wrong.cells] == [("And below zero?", True)]


def test_publishing_warns_where_learners_lack_the_kernel(session: Session, tmp_path: Path) -> None:
    folder = write_course(tmp_path / "sicp", {"first/squares.ipynb": scheme(ANSWER)})
    published = courses.publish_course(
        session, MemoryBlobStore(), folder, publisher=None, grader_options=GraderOptions()
    )
    there, lost = published.assignments[0].warnings
    assert "names the kernel calysto_scheme; learners' servers have python3." in there
    assert "until that kernel is installed" in lost
