"""What a certificate says of given reports."""

from __future__ import annotations

from decimal import Decimal

from grader.certificate import Observed
from grader.certify_rules import (
    Trial,
    explain_differences,
    find_differences,
    find_weak_tests,
    imported_modules,
    list_warnings,
)
from grader.mutants import Mutant
from grader.report import CellResult, CellStatus, Report
from grader.source import SourceNotebook, load_source
from tests.factories.notebooks import cell, graded, notebook, solution

WRONG = Mutant(change="in answer, line 2, + becomes -", answers={"answer": "x = 1 - 1"})
HOLLOW = Mutant(change="every name is None", answers={"answer": "x = None"}, hollow=frozenset({"x"}))
Given = tuple[float, CellStatus] | tuple[float, CellStatus, str]


def _report(maximum: float = 2, warnings: tuple[str, ...] = (), **cells: Given) -> Report:
    results = tuple(
        CellResult(
            grade_id=grade_id,
            score=Decimal(str(score)),
            max_score=Decimal(str(maximum)),
            status=status,
            message=said[0] if said else None,
        )
        for grade_id, (score, status, *said) in cells.items()
    )
    return Report(
        status="graded",
        isolation="shared",
        score=sum((result.score for result in results), Decimal(0)),
        max_score=Decimal(str(maximum)) * len(results),
        needs_manual=(),
        repairs=(),
        message=None,
        seconds=0.1,
        cells=results,
        warnings=warnings,
    )


def _source(test: str = "assert x == 1") -> SourceNotebook:
    return load_source(notebook(solution("answer", "x = 1"), graded("test", test, points=2)))


RIGHT = _report(test=(2, "passed"))
FAILED = _report(test=(0, "failed", "x is wrong"))


def test_the_same_points_are_no_difference() -> None:
    """Another way to fail isn't one, either."""
    assert find_differences(RIGHT, RIGHT) == ()
    assert find_differences(FAILED, _report(test=(0, "error", "x went missing"))) == ()
    assert find_differences(FAILED, _report(test=(0, "timeout"))) == ()


def test_other_points_are_a_difference() -> None:
    """So is a test without points that passes in one only, one left to a person, and one that isn't there."""
    assert find_differences(RIGHT, FAILED) == ("test",)
    assert find_differences(_report(0, test=(0, "passed")), _report(0, test=(0, "failed"))) == ("test",)
    assert find_differences(_report(test=(0, "manual")), FAILED) == ("test",)
    assert find_differences(RIGHT, _report()) == ("test",)


def test_a_reason_says_what_the_instructor_would_see() -> None:
    """Whose answers, the points of both, and what was said."""
    own = Trial(kind="own", shared=RIGHT, separate=FAILED)
    (reason,) = explain_differences([own], {})
    assert reason.grade_id == "test"
    assert reason.text == (
        "With your own answers it earns 2 of 2 points in the learner’s process, but earns 0 of 2 in one of its own. "
        "There it said: “x is wrong”"
    )
    met = {"test": Observed(unsupported=("it subclasses Stack, a class of the learner’s",))}
    (reason,) = explain_differences([own], met)
    assert reason.text.endswith("in one of its own. It subclasses Stack, a class of the learner’s.")


def test_one_reason_a_test_the_plainest_first() -> None:
    """Own answers before an empty notebook before wrong answers."""
    own = Trial(kind="own", shared=_report(a=(2, "passed"), b=(2, "passed")), separate=_report(a=(2, "passed")))
    blank = Trial(kind="blank", shared=_report(a=(2, "passed")), separate=_report(a=(0, "failed")))
    mutant = Trial(
        kind="mutant", mutant=WRONG, shared=_report(a=(0, "failed"), c=(2, "passed")), separate=_report(a=(2, "passed"))
    )
    reasons = explain_differences([own, blank, mutant], {})
    assert [reason.grade_id for reason in reasons] == ["b", "a", "c"]
    assert "was not run" in reasons[0].text
    assert reasons[1].text.startswith("With nothing filled in")
    assert reasons[2].text.startswith("With a wrong answer (in answer, line 2, + becomes -)")


def test_without_points_it_says_how_the_test_ended() -> None:
    """Points would read `0 of 0` twice."""
    own = Trial(kind="own", shared=_report(0, test=(0, "passed")), separate=_report(0, test=(0, "error")))
    assert "it passes in the learner’s process, but fails in one of its own" in explain_differences([own], {})[0].text


def test_chance_is_not_held_against_an_engine() -> None:
    """What varies by itself says nothing, but it is told."""
    unsteady = Trial(kind="own", shared=RIGHT, separate=FAILED, unsteady=frozenset({"test"}))
    mutant = Trial(kind="mutant", mutant=WRONG, shared=RIGHT, separate=FAILED)
    assert explain_differences([unsteady, mutant], {}) == ()
    assert explain_differences([Trial(kind="own", shared=RIGHT, separate=RIGHT), mutant], {}) != ()
    told = list_warnings(_source(), [unsteady], {}, cell_seconds=30)
    assert any(warning.grade_id == "test" and "same points each time" in warning.text for warning in told)


def test_own_answers_that_miss_points_are_told() -> None:
    """With what the test said; an answer that a person grades may be missing."""
    trials = [
        Trial(
            kind="own",
            shared=_report(
                test=(1, "partial", "half"), essay=(0, "failed", "There was no answer."), warnings=("Capped.",)
            ),
        )
    ]
    told = list_warnings(_source(), trials, {}, cell_seconds=30)
    assert [(warning.grade_id, warning.text) for warning in told] == [
        ("test", "Your own answers get 1 of 2 points here. It says: “half”"),
        (None, "Capped."),
    ]


def test_points_for_nothing_are_told() -> None:
    """An empty notebook shouldn't earn any."""
    trials = [
        Trial(kind="own", shared=RIGHT),
        Trial(kind="blank", shared=RIGHT),
        Trial(kind="mutant", mutant=WRONG, shared=FAILED),
    ]
    (warning,) = list_warnings(_source(), trials, {}, cell_seconds=30)
    assert warning.text == "It gives 2 of 2 points to a learner who changes nothing."


def _trials(blank: Report, *mutants: Report) -> list[Trial]:
    return [
        Trial(kind="own", shared=RIGHT),
        Trial(kind="blank", shared=blank),
        *(Trial(kind="mutant", mutant=HOLLOW, shared=report) for report in mutants),
    ]


def test_a_test_that_never_fails_is_weak() -> None:
    """Told once, whether it passes on an empty notebook or not."""
    told = list_warnings(_source(), _trials(RIGHT, RIGHT, RIGHT), {}, cell_seconds=30)
    assert [warning.text for warning in told] == [
        "It passes with nothing filled in, and with each of the 2 wrong answers that were tried. It may check nothing."
    ]
    told = list_warnings(_source("x"), _trials(FAILED, RIGHT), {}, cell_seconds=30)
    assert "no more than that there is an answer" in told[0].text


def test_a_test_that_fails_once_is_not_weak() -> None:
    """Nor one that wasn't tried, nor one that looks at something else than the answers' names."""
    assert find_weak_tests(_source(), _trials(FAILED, RIGHT, FAILED)) == {}
    assert find_weak_tests(_source(), _trials(FAILED)) == {}
    assert find_weak_tests(_source("assert open('made').read()"), _trials(FAILED, RIGHT)) == {}


def test_slow_tests_are_told() -> None:
    """With how long they took and how long they may."""
    met = {"test": Observed(seconds=12.2), "quick": Observed(seconds=0.1)}
    (warning,) = list_warnings(_source(), [], met, cell_seconds=30)
    assert (warning.grade_id, warning.text) == (
        "test",
        "It takes 12 s with your own answers. A cell may take 30 s, and the answers of learners are often slower.",
    )


def test_modules_that_the_notebook_imports() -> None:
    """Also those of functions; neither helpers beside the notebook nor what has no name."""
    source = load_source(
        notebook(
            cell("%matplotlib inline\nimport numpy as np, helper.inner\nfrom scipy.stats import norm\nimport sys"),
            cell("def f():\n    import pandas\nfrom . import x\nfrom checks import check\nimport numpy"),
            cell("not python at all"),
            cell("import words", kind="markdown"),
        )
    )
    assert imported_modules(source, ["helper/inner.py", "checks.py", "data.csv"]) == ("numpy", "scipy.stats", "pandas")
