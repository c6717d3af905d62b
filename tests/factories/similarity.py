"""An assignment with room for answers of some length, and answers to it that are alike and that aren't."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

from sqlalchemy.orm import Session

from grader.grading import GraderOptions
from nbquest.courses import api as courses
from nbquest.files.store import BlobStore
from nbquest.submissions import api as submissions
from nbquest.submissions.views import Submission
from tests.factories.courses import cell, notebook, write_course

SETUP = dedent("""
    import random

    def shuffled_numbers(count, seed):
        \"\"\"Return the numbers from 1 on, in an order that the seed gives.\"\"\"
        source = random.Random(seed)
        numbers = list(range(1, count + 1))
        source.shuffle(numbers)
        return numbers
""").strip()
"""A cell of the release that everybody has."""

SIGNATURE = 'def longest_run(numbers):\n    """Return the length of the longest rising run."""\n'
ANSWER = (
    SIGNATURE
    + """\
    if not numbers:
        return 0
    best = current = 1
    for before, after in zip(numbers, numbers[1:]):
        if after > before:
            current += 1
            best = max(best, current)
        else:
            current = 1
    return best
"""
)
RENAMED = (
    SIGNATURE
    + """\
    # nothing in, nothing out
    if not numbers:
        return 0
    top = run = 1   # at least one
    for a, b in zip(numbers, numbers[1:]):

        if b > a:
            run += 1
            top = max(top, run)
        else:
            run = 1
    return top
"""
)
"""The same as ANSWER, with other names, comments and lines."""
OTHER = (
    SIGNATURE
    + """\
    lengths = [1] * len(numbers)
    position = 1
    while position < len(numbers):
        if numbers[position - 1] < numbers[position]:
            lengths[position] = lengths[position - 1] + 1
        position = position + 1
    return sorted(lengths)[-1] if lengths else 0
"""
)


def runs_source() -> bytes:
    """Return the instructor's notebook that asks for `longest_run`."""
    body = "".join(f"{line}\n" for line in ANSWER.splitlines()[2:])
    return notebook(
        cell("# Runs", kind="markdown"),
        cell(SETUP),
        cell(f"{SIGNATURE}    ### BEGIN SOLUTION\n{body}    ### END SOLUTION", grade_id="runs", solution=True),
        cell("assert longest_run([1, 2, 1]) == 2", grade_id="visible", grade=True, locked=True, points=2),
    )


def runs_submission(answer: str = ANSWER, *own: str, setup: str = SETUP) -> bytes:
    """Return what a learner hands in, with these cells of their own."""
    return notebook(
        cell("# Runs", kind="markdown"),
        cell(setup),
        cell(answer, grade_id="runs", solution=True),
        cell("assert longest_run([1, 2, 1]) == 2", grade_id="visible", grade=True, locked=True, points=2),
        *(cell(source) for source in own),
    )


def publish_runs(session: Session, blobs: BlobStore, folder: Path, course: str = "runs") -> None:
    """Publish a course of one assignment, `runs`, of one notebook."""
    path = write_course(folder / course, {"runs/runs.ipynb": runs_source()})
    courses.publish_course(session, blobs, path, publisher="teacher", grader_options=GraderOptions())


def submit_runs(session: Session, blobs: BlobStore, person: str, content: bytes, course: str = "runs") -> Submission:
    """Hand it in."""
    return submissions.submit(
        session,
        blobs,
        person=person,
        course=course,
        assignment="runs",
        notebooks={"runs.ipynb": content},
        key=str(uuid4()),
    )


def damaged_submission() -> bytes:
    """Return what is no notebook any more."""
    return json.dumps({"nbformat": 4, "cells": 3}).encode()
