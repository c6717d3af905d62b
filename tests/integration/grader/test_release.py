"""The release version: nothing that learners shouldn't have, and errors that name the cell."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from grader.errors import SourceError
from grader.grading import GraderOptions
from grader.release import make_release
from tests.factories.notebooks import cell, graded, marks, notebook, solution

OPTIONS = GraderOptions()
HIDDEN = "assert x == 1\n### BEGIN HIDDEN TESTS\nassert y\n### END HIDDEN TESTS"
TASK = "Do it.\n=== BEGIN MARK SCHEME ===\nfull marks\n=== END MARK SCHEME ==="


def test_two_versions_and_what_is_to_be_had() -> None:
    printed = {**cell("print('hi')"), "outputs": [{"output_type": "stream", "name": "stdout", "text": "hi"}]}
    source = notebook(
        printed,
        solution("a", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"),
        graded("t", HIDDEN, 2),
        cell(TASK, kind="markdown", marks=marks("task", task=True, points=3)),
    )
    made = make_release(source, name="ps1", resources={}, options=OPTIONS)
    assert (made.max_score, made.grade_ids, made.warnings) == (Decimal(5), ("t", "task"), ())
    texts = ["".join(c["source"]) for c in json.loads(made.release)["cells"]]
    assert texts == ["print('hi')", "# YOUR CODE HERE\nraise NotImplementedError()", "assert x == 1", "Do it."]
    assert "x = 1" in made.source.decode()
    assert "assert y" in made.source.decode()
    assert b"hi\\n" not in made.source
    assert all(not c.get("outputs") for c in json.loads(made.release)["cells"])
    locked = json.loads(made.release)["cells"][2]["metadata"]
    assert (locked["editable"], locked["deletable"]) == (False, False)


def test_making_it_again_gives_the_same_bytes() -> None:
    source = notebook(solution("a", "x"), graded("t", HIDDEN))
    first, second = (make_release(source, name="a", resources={}, options=OPTIONS) for _ in range(2))
    assert (first.source, first.release) == (second.source, second.release)


@pytest.mark.parametrize(
    ("broken", "names"),
    [
        (graded("t", "### BEGIN HIDDEN TESTS\nassert 1"), "cell t: .*hidden tests"),
        (cell("### BEGIN HIDDEN TESTS\nassert 1\n### END HIDDEN TESTS"), "cell 2: .*non-grade cell"),
        (solution("a", "### BEGIN SOLUTION\n### BEGIN SOLUTION"), "cell a: .*nested"),
        (graded("t", "### AUTOTEST x"), "no autotests.yml"),
    ],
)
def test_errors_name_the_cell(broken: dict[str, object], names: str) -> None:
    with pytest.raises(SourceError, match=names):
        make_release(notebook(cell("fine"), broken), name="a", resources={}, options=OPTIONS)


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("answer", "templates", "says"),
    [
        ("1 / 0", None, "cell a: .*ZeroDivisionError"),
        ("x = 1", "python3: [", "not valid YAML"),
        ("x = 1", "r: {}", "no entry for python3"),
        ("x = 1", "python3: {templates: {}}", "lacks dispatch"),
        ("x = 1", "{{ ().__class__.__base__.__subclasses__() }}", "cell t: .*"),
    ],
)
def test_autotest_errors_are_told(answer: str, templates: str | None, says: str) -> None:
    default = (
        "python3: {dispatch: 'type({{snippet}})', normalize: 'str({{snippet}})', "
        "check: 'assert {{snippet}} == {{value}}', templates: {default: [{test: '{{snippet}}', fail: 'wrong'}]}}"
    )
    if templates is not None and templates.startswith("{{"):
        templates = default.replace("type({{snippet}})", templates)
    resources = {"autotests.yml": (templates or default).encode()}
    source = notebook(solution("a", answer), graded("t", "### AUTOTEST x"))
    with pytest.raises(SourceError, match=says):
        make_release(source, name="a", resources=resources, options=OPTIONS)


@pytest.mark.bubblewrap
def test_the_instructors_code_runs_in_the_sandbox_too(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = notebook(solution("a", f"open({str(mark)!r}, 'w')"), graded("t", "### AUTOTEST 1"))
    templates = b"python3: {dispatch: '{{snippet}}', normalize: '{{snippet}}', check: 'pass', templates: {default: []}}"
    with pytest.raises(SourceError, match="your own code fails"):
        make_release(source, name="a", resources={"autotests.yml": templates}, options=OPTIONS)
    assert not mark.exists()


def test_odd_notebooks_are_told_to_the_instructor() -> None:
    assert "no cell is graded" in make_release(notebook(cell("x")), name="a", resources={}, options=OPTIONS).warnings[0]
    free = notebook(graded("t", "assert 1", 0))
    assert "no points" in make_release(free, name="a", resources={}, options=OPTIONS).warnings[0]


def test_learners_get_no_hint_beforehand() -> None:
    test = graded("t", HIDDEN)
    test["metadata"]["nbquest"] = {"hint": "ht_hint", "kept": 1}
    made = make_release(notebook(test), name="a", resources={}, options=OPTIONS)
    assert b"ht_hint" not in made.release
    assert json.loads(made.release)["cells"][0]["metadata"]["nbquest"] == {"kept": 1}
    assert b"ht_hint" in made.source
