"""Which engine real assignments are certified for, why, and that certified ones score as nbgrader scored them.

    NBQUEST_CORPUS=all .venv/bin/pytest tests/integration/grader/test_certification.py -s

prints the table of all of them; without NBQUEST_CORPUS=all it leaves out those two that take minutes each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader.certificate import Certificate, Reason
from grader.certify import certify
from grader.grading import Grader, GradeRequest, GraderOptions
from grader.release import make_release
from grader.resources import read_resources
from tests.integration.grader import test_corpus as corpus

pytestmark = [pytest.mark.corpus, pytest.mark.bubblewrap, pytest.mark.slow]

BUDGET_SECONDS = 120.0 if corpus.EVERYTHING else 15.0
SOURCES = [
    path
    for path in sorted(corpus.CORPUS.glob("*/*/source/*.ipynb"))
    if corpus.EVERYTHING or path.parent.parent.name not in corpus.SLOW
]


@dataclass
class Found:
    """What certifying found, by assignment and notebook."""

    certificates: dict[str, dict[str, Certificate]] = field(default_factory=dict)

    def engine(self, assignment: str) -> str:
        """Return the assignment's engine: `separate` where all of its notebooks are certified for it."""
        engines = {certificate.engine for certificate in self.certificates[assignment].values()}
        return engines.pop() if len(engines) == 1 else "shared"

    def table(self) -> str:
        """Return one line for each notebook, and below it the reasons."""
        lines = [f"{'assignment':22} {'notebook':22} {'engine':9} {'tried':>5} {'warnings':>8}  slowest test"]
        for assignment, notebooks in sorted(self.certificates.items()):
            for name, found in sorted(notebooks.items()):
                slowest = f"{max(found.seconds.values()):.2f} s" if found.seconds else ""
                count = len(found.warnings)
                lines.append(f"{assignment:22} {name:22} {found.engine:9} {found.tried:5} {count:8}  {slowest}")
                lines += [f"    {_line(reason)}" for reason in found.reasons]
        apart = [name for name in self.certificates if self.engine(name) == "separate"]
        lines.append(f"{len(apart)} of {len(self.certificates)} assignments are certified for `separate`")
        return "\n".join(lines)


def _line(reason: Reason) -> str:
    return reason.text if reason.grade_id is None else f"{reason.grade_id}: {reason.text}"


@pytest.fixture(scope="module")
def found() -> Iterator[Found]:
    made = Found()
    yield made
    print(f"\n{made.table()}")


@pytest.fixture(scope="module")
def corpus_grader() -> Iterator[Grader]:
    with Grader(GraderOptions(python=corpus.PYTHON, limits=corpus.LIMITS)) as made:
        yield made


def _case(path: Path) -> str:
    return f"{path.parent.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", SOURCES, ids=_case)
def test_certified_ones_score_as_nbgrader(path: Path, corpus_grader: Grader, found: Found) -> None:
    """Every submission that came with the assignment, in the engine that certifying chose."""
    resources = read_resources(path.parent)
    options = GraderOptions(python=corpus.PYTHON, limits=corpus.LIMITS)
    source = make_release(path.read_bytes(), name=path.stem, resources=resources, options=options).source
    certificate = certify(source, resources, corpus_grader, budget_seconds=BUDGET_SECONDS)
    folder = path.parent.parent
    found.certificates.setdefault(folder.name, {})[path.stem] = certificate
    assert certificate.reasons if certificate.engine == "shared" else not certificate.reasons
    oracle = json.loads((folder / "oracle.json").read_text())
    for student in oracle:
        submission = folder / "submitted" / student / path.name
        expected = oracle[student].get(path.stem) if isinstance(oracle[student], dict) else None
        if not submission.exists() or not isinstance(expected, dict) or "cells" not in expected:
            continue
        request = GradeRequest(
            source=source, submission=submission.read_bytes(), resources=resources, certificate=certificate
        )
        report = corpus_grader.grade(request).report
        assert report.isolation == certificate.engine
        _require_oracle(report, expected["cells"], student)


def _require_oracle(report: Any, expected: dict[str, Any], student: str) -> None:
    results = {cell.grade_id: cell for cell in report.cells}
    differences = [
        (student, grade_id, results[grade_id], wanted)
        for grade_id, wanted in expected.items()
        if corpus.find_difference(results[grade_id], wanted, report) == "unexplained"
    ]
    assert differences == []


def test_most_assignments_are_certified(found: Found) -> None:
    """Runs last: at least 95 of 100, once all were tried."""
    if not SOURCES:
        pytest.skip("the reference notebooks are not beside the checkout")
    if len({path.parent.parent for path in SOURCES}) != len(found.certificates):
        pytest.skip("not all assignments were tried in this run")
    apart = [name for name in found.certificates if found.engine(name) == "separate"]
    assert len(apart) >= 0.95 * len(found.certificates), found.table()
