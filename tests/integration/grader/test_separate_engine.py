"""The separate engine, end to end: what its two processes and two phases promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from grader.certificate import Certificate, Policy
from grader.grading import GradeOutcome, Grader, GradeRequest, Limits
from grader.report import CellResult
from tests.factories.limits import HASTY
from tests.factories.notebooks import cell, graded, notebook, solution

Cells = Sequence[dict[str, Any]]
pytestmark = pytest.mark.bubblewrap


def hidden(visible: str, secret: str) -> str:
    return f"{visible}\n### BEGIN HIDDEN TESTS\n{secret}\n### END HIDDEN TESTS"


def grade(
    grader: Grader,
    source: Cells,
    submission: Cells,
    files: Mapping[str, bytes] | None = None,
    *,
    certificate: Certificate | None = None,
    limits: Limits | None = None,
) -> GradeOutcome:
    request = GradeRequest(
        source=notebook(*source),
        submission=notebook(*submission),
        resources=files or {},
        isolation="separate",
        certificate=certificate,
        limits=limits,
    )
    return grader.grade(request)


def results(outcome: GradeOutcome) -> dict[str, CellResult]:
    return {result.grade_id: result for result in outcome.report.cells}


def statuses(outcome: GradeOutcome) -> list[str]:
    return [result.status for result in outcome.report.cells]


def test_the_report_says_so_and_tests_can_neither_see_nor_be_seen(grader: Grader) -> None:
    answer = (
        "import os, sys\ndef f(n):\n    return (os.getpid(), [name for name in sys.modules if 'tester' in name], n)"
    )
    cells = [solution("a", answer), graded("t", "assert f(3) == (1, f(3)[1], 3)", 2)]
    outcome = grade(grader, cells, cells)
    assert (outcome.report.isolation, outcome.report.status, outcome.report.score) == ("separate", "graded", 2)


def test_a_hidden_test_meets_the_state_of_its_place(grader: Grader) -> None:
    source = [
        solution("a", "x = [1]"),
        graded("t", hidden("assert x", "assert x == [1]")),
        solution("b", "x.append(2)"),
        graded("u", hidden("", "assert x == [1, 2]")),
        solution("c", "x = None"),
        graded("v", hidden("assert True", "assert x is None")),
    ]
    assert statuses(grade(grader, source, source)) == ["passed"] * 3


STASH = "seen = []\ndef f(n):\n    seen.append(n)\n    print('got', n)\n    return n + 1"


@pytest.mark.parametrize(
    "later",
    ["print(seen, open('stash').read() if __import__('os').path.exists('stash') else '')", "raise ValueError(seen)"],
)
def test_arguments_of_hidden_tests_are_never_shown(later: str, grader: Grader) -> None:
    stash = STASH.replace("    print", "    open('stash', 'a').write(str(n))\n    print")
    tests = [
        graded("t", hidden("assert f(1) == 2", "assert f(7700151) == 7700152")),
        graded("u", "assert f(5) == 6"),
        graded("v", hidden("f(len(seen))", "assert f(7700151) == 7700152")),
    ]
    source = [solution("a", "def f(n): return n + 1\nseen = []"), *tests]
    outcome = grade(grader, source, [solution("a", stash), tests[0], cell(later), *tests[1:], cell(later)])
    assert outcome.report.score == 3
    shown = f"{outcome.executed_notebook!r}{outcome.feedback_html}{outcome.report}"
    assert "got 1" in shown
    assert "770015" not in shown


def test_a_hidden_failure_tells_the_hint_alone(grader: Grader) -> None:
    test = graded("t", hidden("assert f(1) == 2", "# hint: Try larger numbers.\nassert f(2) == 3, 'ht_secret'"))
    source = [solution("a", "def f(n): return n + 1"), test]
    outcome = grade(grader, source, [solution("a", "def f(n): return 2"), test])
    [result] = outcome.report.cells
    assert (float(result.score), result.hidden, result.message) == (0, True, "Try larger numbers.")
    assert "ht_secret" not in f"{outcome.executed_notebook!r}{outcome.feedback_html}{outcome.report}"


def test_a_visible_failure_shows_its_traceback(grader: Grader) -> None:
    source = [solution("a", "def f(n):\n    return 1 / n"), graded("t", "assert f(1) == 1\nf(0)")]
    outcome = grade(grader, source, source)
    [result] = outcome.report.cells
    assert (result.status, result.message) == ("error", "ZeroDivisionError: division by zero")
    assert outcome.feedback_html is not None
    assert "return 1 / n" in outcome.feedback_html


def test_a_function_that_ends_the_process_costs_its_test_only(grader: Grader) -> None:
    answer = "import os\nx = 1\ndef f(n):\n    if n: os._exit(0)\n    return n"
    source = [
        solution("a", answer),
        graded("t", "assert f(1) == 1"),
        graded("u", "assert x == 1 and f(0) == 0"),
        graded("v", hidden("assert f(0) == 0", "assert f(2) == 2")),
        graded("w", hidden("", "assert f(0) == 0")),
    ]
    outcome = grade(grader, source, source)
    assert (outcome.report.status, statuses(outcome)) == ("error-in-cell", ["error", "passed", "error", "passed"])


def test_an_endless_loop_is_stopped_and_the_others_are_scored(grader: Grader) -> None:
    answer = "x = 1\ndef f(n):\n    while n: pass\n    return n"
    source = [
        solution("a", answer),
        graded("t", "assert f(1) == 1"),
        graded("u", "assert x == 1 and f(0) == 0"),
        graded("v", hidden("assert f(0) == 0", "assert f(2) == 2")),
        graded("w", "assert x == 1"),
    ]
    outcome = grade(grader, source, source, limits=HASTY)
    assert (outcome.report.status, statuses(outcome)) == ("timeout", ["timeout", "passed", "timeout", "passed"])


def test_a_loop_that_will_not_stop_ends_what_comes_after_it(grader: Grader) -> None:
    answer = (
        "import signal\ndef f(n):\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while n: pass\n    return n"
    )
    source = [
        solution("a", answer),
        graded("t", hidden("", "assert f(0) == 0")),
        graded("u", "assert f(1) == 1"),
        graded("v", "assert f(0) == 0"),
    ]
    outcome = grade(grader, source, source, limits=HASTY)
    assert (outcome.report.status, statuses(outcome)) == ("timeout", ["passed", "timeout", "not-run"])


def test_memory_ends_its_own_submission_only(grader: Grader) -> None:
    greedy = [
        solution("a", "def f():\n    import time\n    global x\n    x = []\n    while 1: x.append('a' * 9999999)"),
        graded("t", "f()"),
    ]
    assert grade(grader, greedy, greedy).report.status in ("memory-limit", "graded")
    modest = [solution("a", "x = 1"), graded("t", "assert x == 1")]
    assert grade(grader, modest, modest).report.score == 1


@pytest.mark.parametrize(("answer", "score"), [("return n", 2), ("return 1", 1)])
def test_what_was_tested_before_memory_ran_out_counts_hidden_tests_and_all(
    grader: Grader, answer: str, score: int
) -> None:
    greedy = (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        x = bytearray(200 << 20)\n        time.sleep(60)\ntime.sleep(30)"
    )
    source = [
        solution("a", f"def f(n):\n    {answer}"),
        graded("t", hidden("assert f(1) == 1", "assert f(2) == 2")),
        graded("u", "assert f(1) == 1"),
        solution("b", greedy),
        graded("v", "assert f(1) == 1"),
    ]
    outcome = grade(grader, source, source)
    assert (outcome.report.status, outcome.report.score) == ("memory-limit", score)
    assert statuses(outcome) == ["passed" if score == 2 else "failed", "passed", "not-run"]


def test_an_object_of_a_class_that_the_instructor_never_had_fails(grader: Grader) -> None:
    source = [solution("a", "def f(): return 3"), graded("t", "assert f() == 3"), graded("u", "assert f() - 3 < 1e-9")]
    liar = (
        "class Liar:\n    __eq__ = __lt__ = lambda self, other: True\n    __sub__ = lambda self, other: self\n"
        "def f(): return Liar()"
    )
    certificate = Certificate(engine="separate", policy=Policy(), classes={"t": (), "u": ()})
    outcome = grade(grader, source, [solution("a", liar), *source[1:]], certificate=certificate)
    assert outcome.report.score == 0
    assert grade(grader, source, source, certificate=certificate).report.score == 2


def test_helper_modules_and_data_are_beside_both(grader: Grader) -> None:
    files = {"data/a.csv": b"1,2", "helper.py": b"def check(x): assert x == 1"}
    answer = "from helper import check\nx = len(open('data/a.csv').read()) - 2\nopen('helper.py', 'w').write('1 /')"
    test = "from helper import check\ncheck(x)\nassert open('data/a.csv').read() == '1,2'"
    cells = [solution("a", answer), graded("t", test)]
    outcome = grade(grader, cells, cells, files)
    assert outcome.report.score == 1, outcome.report
