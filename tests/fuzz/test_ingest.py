"""Whatever a learner submits is read, or refused with a sentence: no crash, no hang, little memory."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import InvalidSubmission
from grader.ingest import MAX_ID, MAX_SOURCE, read_submission
from tests.factories.fuzzing import BATCH, RANDOM, batched, fuzz, only
from tests.factories.hostile import mutated, notebook_text

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]
CORPUS = REPOSITORY.parent / "shared" / "corpus"
NOTEBOOKS = [
    body
    for folder in (REPOSITORY / "courses", CORPUS)
    for path in sorted(folder.rglob("*.ipynb"))[:30]
    if len(body := path.read_bytes()) < 60_000
]


def check(body: bytes) -> None:
    with only(InvalidSubmission):
        for cell in read_submission(body):
            assert cell.cell_type in ("code", "markdown", "raw")
            assert len(cell.source.encode()) <= 4 * MAX_SOURCE
            assert cell.grade_id is None or 0 < len(cell.grade_id.encode()) <= 4 * MAX_ID


@batched
@given(RANDOM)
def test_nearly_notebooks(rng: Random) -> None:
    for _ in range(BATCH):
        check(notebook_text(rng))


@fuzz
@given(st.binary(max_size=400))
def test_random_bytes(body: bytes) -> None:
    check(body)


@batched
@given(RANDOM)
def test_damaged_notebooks(rng: Random) -> None:
    for _ in range(BATCH):
        check(mutated(rng, rng.choice(NOTEBOOKS)))
