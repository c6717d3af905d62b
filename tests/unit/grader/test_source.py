"""The instructor's notebook: roles, points, what learners see, and errors that name the cell."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from grader.errors import SourceError
from grader.source import SourceNotebook, load_source
from tests.factories.notebooks import cell, graded, marks, notebook, solution


def test_roles_follow_nbgraders_flags() -> None:
    source = load_source(
        notebook(
            cell("plain"),
            cell("given", marks=marks("given")),
            solution("s", "x"),
            graded("t", "assert x", 0.5),
            cell("m", marks=marks("m", grade=True, solution=True, points=1)),
            cell("do", kind="markdown", marks=marks("task", task=True, points=2)),
        )
    )
    assert [c.role for c in source.cells] == ["plain", "locked", "solution", "test", "manual", "task"]
    assert source.max_score == Decimal("3.5")
    assert source.cells[2].visible == "# YOUR CODE HERE\nraise NotImplementedError()"


@pytest.mark.parametrize("version", [0, 1, 2])
def test_old_schemas_are_upgraded(version: int) -> None:
    old = {"grade_id": "t", "grade": True, "solution": False, "locked": True, "points": 2, "checksum": "0" * 32}
    if version:
        old["schema_version"] = version
    source = load_source(notebook(cell("assert True", marks=old)))
    assert (source.cells[0].role, source.cells[0].points) == ("test", Decimal(2))


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ([graded("t", "x", -1)], "cell t"),
        ([cell("x", marks={"grade": True, "points": "many"})], "cell 1"),
        ([cell("x", marks=marks("new", schema_version=10))], "cell new"),
        ([graded("t", "### BEGIN HIDDEN TESTS\nassert 1")], "cell t"),
        ([solution("s", "### BEGIN SOLUTION\nx = 1")], "cell s"),
        ([cell("### BEGIN SOLUTION\nx\n### END SOLUTION")], "cell 1"),
        ([graded("same", "1"), graded("same", "2")], "Duplicate grade id: same"),
    ],
)
def test_errors_name_the_cell(cells: list[dict[str, object]], names: str) -> None:
    with pytest.raises(SourceError, match=names):
        load_source(notebook(*cells))


@pytest.mark.parametrize(
    ("language", "comment", "stub"),
    [
        ("python", "###", "# YOUR CODE HERE\nraise NotImplementedError()"),
        ("R", "#", "# YOUR CODE HERE\nfail()"),
        ("bash", "#", "# YOUR CODE HERE\nfalse"),
        ("javascript", "//", '// YOUR CODE HERE\nthrow new Error("No answer given!");'),
        ("sql", "--", "-- YOUR CODE HERE"),
        ("klingon", "~~", "# YOUR CODE HERE"),
    ],
)
def test_other_languages_have_stubs_of_their_own(language: str, comment: str, stub: str) -> None:
    answer = f"given\n{comment} BEGIN SOLUTION\nx\n{comment} END SOLUTION"
    test = f"visible\n{comment} BEGIN HIDDEN TESTS\nhidden\n{comment} END HIDDEN TESTS"
    source = load_source(notebook(solution("a", answer), graded("t", test), language=language, kernel="some-kernel"))
    assert [item.visible for item in source.cells] == [f"given\n{stub}", "visible"]
    assert (source.kernel.name, source.kernel.language) == ("some-kernel", language)
    assert source.kernel.is_python == (language == "python")


@pytest.mark.parametrize(
    ("metadata", "kernel"),
    [
        ({}, ("python3", "python")),
        ({"kernelspec": {"name": "python3"}}, ("python3", "python")),
        ({"kernelspec": {"name": "ir"}, "language_info": {"name": "R"}}, ("ir", "R")),
        ({"language_info": {"name": "bash"}}, ("bash", "bash")),
    ],
)
def test_the_kernel_is_what_the_metadata_tells(metadata: dict[str, object], kernel: tuple[str, str]) -> None:
    body = json.loads(notebook(cell("x"))) | {"metadata": metadata}
    source = load_source(json.dumps(body).encode())
    assert (source.kernel.name, source.kernel.language) == kernel
    assert SourceNotebook.from_json(json.loads(json.dumps(source.to_json()))).kernel == source.kernel


def test_what_is_no_notebook_is_refused() -> None:
    with pytest.raises(SourceError):
        load_source(b"{]")


def test_a_prepared_source_is_the_source() -> None:
    body = notebook(graded("t", "assert True", 2.5), solution("a", "x = 1"))
    source = load_source(body)
    again = SourceNotebook.from_json(json.loads(json.dumps(source.to_json())))
    assert again == source
    with pytest.raises(SourceError, match="publish it again"):
        SourceNotebook.from_json({**source.to_json(), "format": 0})


def test_a_test_has_the_hint_of_its_metadata() -> None:
    def hinted(hint: object) -> SourceNotebook:
        test = graded("t", "assert x")
        test["metadata"]["nbquest"] = {"hint": hint}
        return load_source(notebook(test))

    assert hinted(" Try zero. ").cells[0].hint == "Try zero."
    assert hinted("").cells[0].hint is None
    assert SourceNotebook.from_json(json.loads(json.dumps(hinted("Try.").to_json()))) == hinted("Try.")
    assert load_source(notebook(graded("t", "assert x"))).cells[0].hint is None
    with pytest.raises(SourceError, match="cell t: the hint"):
        hinted(["a", "b"])
