"""What the last expression of a test cell earns: partial credit, capped, and nothing where it is in doubt."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader.grading import Grader, GradeRequest
from grader.report import CellResult
from tests.factories.notebooks import graded, notebook, solution

pytestmark = pytest.mark.bubblewrap

ANSWER = """
class Lie:
    def __float__(self): return 2.0
    def __index__(self): return 2
class Number(float): pass
def share(): return 0.5
def lie(): return Lie()
def number(): return Number(2)
def warn(): import sys; print('careful', file=sys.stderr)
"""


def run(grader: Grader, engine: str, test: str) -> tuple[CellResult, tuple[str, ...]]:
    source = notebook(solution("a", ANSWER), graded("t", test, 2))
    report = grader.grade(GradeRequest(source=source, submission=source, isolation=engine)).report
    assert report.isolation == engine
    assert report.score == report.cells[0].score
    return report.cells[0], report.warnings


@pytest.mark.parametrize("engine", ["separate", "shared"])
@pytest.mark.parametrize(
    ("test", "verdict"),
    [
        ("assert True", ("2", "passed", False)),
        ("share()", ("0.5", "partial", False)),
        ("share() * 3 if share() else 0", ("1.5", "partial", False)),
        ("points = 0\npoints += 1\npoints", ("1", "partial", False)),
        ("2", ("2", "passed", False)),
        ("0", ("0", "failed", False)),
        ("5", ("2", "passed", True)),
        ("-1", ("0", "failed", True)),
        ("1e400", ("0", "failed", True)),
        ("float('nan')", ("0", "failed", True)),
        ("True", ("0", "failed", True)),
        ("'2'", ("0", "failed", True)),
        ("[2]", ("0", "failed", True)),
        ("lie()", ("0", "failed", True)),
        ("number()", ("0", "failed", True)),
        ("2;", ("2", "passed", False)),
        ("share();", ("2", "passed", False)),
        ("None", ("2", "passed", False)),
        ("1\nassert False", ("0", "failed", False)),
        ("warn()\n2", ("0", "failed", False)),
        ("share()\n### BEGIN HIDDEN TESTS\n1.5\n### END HIDDEN TESTS", ("1.5", "partial", False)),
        ("2\n### BEGIN HIDDEN TESTS\nassert False\n### END HIDDEN TESTS", ("0", "failed", False)),
    ],
)
def test_the_last_expression_is_the_credit(
    grader: Grader, engine: str, test: str, verdict: tuple[str, str, bool]
) -> None:
    earned, status, warned = verdict
    result, warnings = run(grader, engine, test)
    assert (result.score, result.status, bool(warnings)) == (Decimal(earned), status, warned)
