"""Notebooks as instructors write them, each with right, wrong and empty answers: `separate` scores as `shared` does.

One file is one notebook: cells begin with `# %% role`; a cell `wrong` is another answer in place of the one before it.
Those in `science` need packages that are no part of our environment: NBQUEST_SCIENCE_PYTHON names one that has them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from grader.certificate import Certificate
from grader.grading import Grader, GradeRequest, GraderOptions, Limits
from grader.policy import read_policy
from grader.source import load_source
from tests.factories.notebooks import cell, graded, marks, notebook, solution

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow]
HERE = Path(__file__).parent
NOTEBOOKS = sorted((HERE / "notebooks").glob("*.txt"))
PYTHON = os.environ.get("NBQUEST_SCIENCE_PYTHON")
SCIENCE = sorted((HERE / "science").glob("*.txt")) if PYTHON else []
LIMITS = Limits(cell_seconds=20, total_seconds=60)
Cell = tuple[str, str]


def read(path: Path) -> list[Cell]:
    """Return role and source of each cell of a file."""
    cells = []
    for part in re.split(r"^# %% ", path.read_text(), flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        cells.append((head.split()[0], body.strip("\n")))
    return cells


def variants(cells: Sequence[Cell]) -> Iterator[tuple[str, list[Cell]]]:
    """Yield the notebook with the instructor's answers, and with each of the wrong ones."""
    right = [cell for cell in cells if cell[0] != "wrong"]
    yield "right", right
    position = -1
    for index, (role, source) in enumerate(cells):
        if role == "wrong":
            yield f"cell {index}", [("solution", source) if at == position else cell for at, cell in enumerate(right)]
        else:
            position += 1


def write(cells: Sequence[Cell]) -> bytes:
    """Return a notebook file."""
    made = []
    for index, (role, source) in enumerate(cells):
        if role == "test":
            made.append(graded(f"t{index}", source))
        elif role == "solution":
            made.append(solution(f"s{index}", source))
        else:
            made.append(cell(source, marks=marks(f"l{index}") if role == "locked" else None))
    return notebook(*made)


def compare(path: Path, grader: Grader) -> None:
    cells = read(path)
    answers = dict(variants(cells))
    source = write(answers["right"])
    loaded = load_source(source)
    answers["empty"] = [(role, cell.visible) for (role, _), cell in zip(answers["right"], loaded.cells, strict=True)]
    recorded = grader.grade(GradeRequest(source=source, submission=source, isolation="separate"))
    classes = {grade_id: met.classes for grade_id, met in recorded.observed.items()}
    assert not any(met.unsupported for met in recorded.observed.values()), recorded.observed
    certificate = Certificate(engine="separate", policy=read_policy(loaded), classes=classes)
    for name, variant in answers.items():
        scores = {}
        for isolation in ("separate", "shared"):
            request = GradeRequest(
                source=source,
                submission=write(variant),
                isolation=isolation,
                certificate=certificate if isolation == "separate" else None,
            )
            report = grader.grade(request).report
            scores[isolation] = {cell.grade_id: (cell.score, cell.status == "passed") for cell in report.cells}
            if name == "right":
                assert report.score > 0
        assert scores["separate"] == scores["shared"], name
    assert name == "empty"


@pytest.fixture(scope="module")
def patient() -> Iterator[Grader]:
    with Grader(GraderOptions(limits=LIMITS)) as made:
        yield made


@pytest.fixture(scope="module")
def scientist() -> Iterator[Grader]:
    with Grader(GraderOptions(python=Path(str(PYTHON)), limits=LIMITS)) as made:
        yield made


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.stem))
def test_scores_as_shared(path: Path, patient: Grader) -> None:
    compare(path, patient)


if SCIENCE:

    @pytest.mark.parametrize("path", SCIENCE, ids=lambda path: str(path.stem))
    def test_science_scores_as_shared(path: Path, scientist: Grader) -> None:
        compare(path, scientist)
