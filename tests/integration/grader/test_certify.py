"""Certifying notebooks with the real engines."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from grader.certificate import Certificate
from grader.certify import Step, answer_notebook, certify
from grader.grading import GradeOutcome, Grader, GradeRequest, GraderOptions, Limits
from grader.source import load_source
from tests.factories.notebooks import cell, graded, marks, notebook, solution

pytestmark = [pytest.mark.bubblewrap]

SQUARES = """
def squares(n):
    ### BEGIN SOLUTION
    if n < 1:
        raise ValueError("n is too small")
    return [i ** 2 for i in range(1, n + 1)]
    ### END SOLUTION
"""
HIDDEN = """
assert squares(2) == [1, 4]
### BEGIN HIDDEN TESTS
# hint: try nothing
assert squares(3) == [1, 4, 9]
### END HIDDEN TESTS
"""


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    """Some of the wrong answers that are tried never end."""
    limits = Limits(cell_seconds=3, total_seconds=20, memory_mb=512, disk_mb=64)
    with Grader(GraderOptions(limits=limits)) as made:
        yield made


def _source(*cells: dict[str, Any]) -> bytes:
    return notebook(*cells)


def _answer(text: str = SQUARES, grade_id: str = "answer") -> dict[str, Any]:
    return solution(grade_id, dedent(text).strip())


def _test(grade_id: str, text: str, points: float = 1) -> dict[str, Any]:
    return graded(grade_id, dedent(text).strip(), points)


def _told(certificate: Certificate) -> dict[str | None, str]:
    return {warning.grade_id: warning.text for warning in certificate.warnings}


def test_a_plain_notebook_runs_apart(grader: Grader) -> None:
    """Functions and plain data cross; nothing is wrong with it, and each step was told."""
    source = _source(cell("import math, numpy, scipy.stats, nowhere_at_all"), _answer(), _test("test", HIDDEN))
    steps: list[Step] = []
    certificate = certify(source, {}, grader, budget_seconds=600, progress=steps.append)
    assert (certificate.engine, certificate.reasons) == ("separate", ())
    assert set(_told(certificate)) <= {None}  # at most that there was no time for all of them
    assert certificate.preload == ("numpy", "scipy.stats", "numpy.testing")
    assert set(certificate.seconds) == {"test"}
    assert certificate.tried >= 10
    assert [step.text for step in steps[:2]] == ["your own answers", "an empty notebook"]
    assert [step.done for step in steps] == list(range(len(steps)))
    assert {step.total for step in steps} == {len(steps)}
    assert Certificate.from_json(json.loads(json.dumps(certificate.to_json()))) == certificate


def test_a_certified_notebook_is_graded_apart(grader: Grader) -> None:
    """With the certificate that certifying gave."""
    source = _source(_answer(), _test("test", HIDDEN))
    certificate = certify(source, {}, grader)
    read = load_source(source)
    for answers, score in (({}, 1), (None, 0)):
        request = GradeRequest(source=source, submission=answer_notebook(read, answers), certificate=certificate)
        report = grader.grade(request).report
        assert (report.isolation, report.score) == ("separate", score)


def test_the_same_notebook_gives_the_same_certificate(grader: Grader) -> None:
    """But for how long its tests took."""
    source = _source(_answer(), _test("test", HIDDEN))
    first, second = (certify(source, {}, grader).to_json() for _ in range(2))
    assert first | {"seconds": None} == second | {"seconds": None}


def test_what_must_not_run_apart_is_refused_by_reading(grader: Grader) -> None:
    """And the instructor is told which test it is, and what it does."""
    source = _source(
        _answer(), _test("plain", "assert squares(1) == [1]"), _test("runs", "text = 'squares(2)'\nassert eval(text)")
    )
    certificate = certify(source, {}, grader)
    assert certificate.engine == "shared"
    assert [reason.grade_id for reason in certificate.reasons] == ["runs"]
    assert "eval" in certificate.reasons[0].text


def test_own_answers_that_miss_points_and_points_for_nothing(grader: Grader) -> None:
    """A wrong test, one that always passes, one that an empty notebook passes, and what hidden tests really said."""
    source = _source(
        _answer(),
        _test("wrong", "assert squares(2) == [1, 5], 'no five'"),
        _test("hidden", HIDDEN.replace("[1, 4, 9]", "[1, 4, 10], 'no ten'")),
        _test("nothing", "assert True"),
        _test("exists", "assert callable(squares)"),
        _test("named", "mine = squares"),
    )
    told = _told(certify(source, {}, grader))
    assert told["wrong"] == "Your own answers get 0 of 1 points here. It says: “AssertionError: no five”"
    assert "no ten" in told["hidden"]
    assert told["nothing"].startswith("It passes with nothing filled in, and with each of the")
    assert told["named"].startswith("It passes with nothing filled in")
    assert told["exists"] == "It gives 1 of 1 points to a learner who changes nothing."  # without any function it fails


def test_errors_warnings_and_credit_of_own_answers(grader: Grader) -> None:
    """Cells on the way that raise, tests that print to stderr, credit above the points."""
    source = _source(
        cell("1 / 0"),
        cell("missing", marks=marks("given")),
        _answer(),
        _test("stderr", "import sys\nsquares(1)\nprint('careful', file=sys.stderr)"),
        _test("credit", "len(squares(5))", points=2),
    )
    certificate = certify(source, {}, grader)
    texts = [(warning.grade_id, warning.text) for warning in certificate.warnings]
    assert any(name is None and text.startswith("Cell 1 of your own notebook ends in an error") for name, text in texts)
    assert ("given", "Your own notebook ends in an error here: NameError: name 'missing' is not defined") in texts
    assert any(name == "stderr" and "stderr" in text for name, text in texts)
    assert any("credit" in f"{name} {text}" and "5" in text for name, text in texts)


def test_chance_is_told(grader: Grader) -> None:
    """A test that throws dice says nothing about engines."""
    source = _source(
        _answer(), _test("dice", "import os\nassert os.urandom(1)[0] < 128\nassert squares(1)"), _test("test", HIDDEN)
    )
    for _ in range(6):  # it may agree with itself three times, but hardly ever so often
        certificate = certify(source, {}, grader)
        assert certificate.engine in ("separate", "shared")
        if "Chance or the clock" in " ".join(warning.text for warning in certificate.warnings):
            assert "dice" not in {reason.grade_id for reason in certificate.reasons}
            return
    pytest.fail("chance was never noticed")


def test_time_alone_is_no_difference(grader: Grader) -> None:
    """A wrong answer is stopped early, on a busy machine even where it would have ended: it is given its time then."""
    hurried: list[str] = []

    class Busy(Grader):
        def grade(self, request: GradeRequest) -> GradeOutcome:
            if request.isolation == "shared" and request.limits not in (None, self.options.limits):
                hurried.append("shared")
                request = replace(request, limits=replace(self.options.limits, cell_seconds=0.2))
            return super().grade(request)

    source = _source(
        _answer("### BEGIN SOLUTION\nx = 1\nimport time\ntime.sleep(0.5)\ny = 2\n### END SOLUTION"),
        _test("one", "assert x == 1"),
        _test("two", "assert y == 2"),
    )
    with Busy(grader.options) as busy:
        certificate = certify(source, {}, busy, budget_seconds=0)
    assert hurried
    assert (certificate.engine, certificate.reasons) == ("separate", ())


def test_an_endless_mutant_costs_little_and_the_budget_is_kept(grader: Grader) -> None:
    """What isn't tried for lack of time is told."""
    answer = "def count(n):\n    i = 0\n    for _ in iter(lambda: i < n, False):\n        i += 1\n    return i"
    source = _source(_answer(answer), _test("test", "assert count(3) == 3"))
    certificate = certify(source, {}, grader, budget_seconds=0)
    assert certificate.tried == 2
    assert "2 of" in _told(certificate)[None]


def test_an_answer_in_words_and_files_beside(grader: Grader) -> None:
    """A notebook without tests is certified, too; helpers beside it are no modules to preload."""
    essay = cell("Because.", kind="markdown", marks=marks("essay", solution=True, grade=True, points=3))
    source = _source(cell("import helper"), essay)
    certificate = certify(source, {"helper.py": b"x = 1"}, grader)
    assert (certificate.engine, certificate.reasons, certificate.warnings, certificate.preload) == (
        "separate",
        (),
        (),
        (),
    )


def test_the_command_prints_a_certificate_that_grading_takes(tmp_path: Path) -> None:
    """`certify`, then `grade --certificate`."""
    source = _source(_answer("### BEGIN SOLUTION\nx = 1\n### END SOLUTION"), _test("test", "assert x == 1"))
    (tmp_path / "source.ipynb").write_bytes(source)
    (tmp_path / "mine.ipynb").write_bytes(answer_notebook(load_source(source), {}))
    command = [sys.executable, "-m", "grader"]
    common = ["--source", str(tmp_path / "source.ipynb")]
    made = subprocess.run([*command, "certify", *common], capture_output=True, text=True, check=True)
    assert (json.loads(made.stdout)["engine"], made.stderr) == ("separate", "")
    (tmp_path / "certificate.json").write_text(made.stdout)
    more = ["--certificate", str(tmp_path / "certificate.json"), str(tmp_path / "mine.ipynb")]
    done = subprocess.run([*command, "grade", *common, *more], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["isolation"] == "separate"
    (tmp_path / "certificate.json").write_text("{}")
    done = subprocess.run([*command, "grade", *common, *more], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds no certificate" in done.stderr
