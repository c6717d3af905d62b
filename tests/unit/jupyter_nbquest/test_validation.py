"""Visible tests in a fresh kernel: right verdicts, clear words, and an end in every case."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_nbquest.errors import NotANotebook
from jupyter_nbquest.notebooks import visible_tests
from jupyter_nbquest.validation import Validation, read_notebook, restore_tests, validate_notebook

from tests.factories.notebooks import graded, notebook, solution
from tests.factories.service_twin import TwinAssignment, TwinTest, squares


def with_solution(content: bytes, source: str) -> dict[str, Any]:
    notebook = json.loads(content)
    notebook["cells"][1]["source"] = source
    return notebook


async def validate(notebook: dict[str, Any], folder: Path, **options: Any) -> Validation:
    tests = visible_tests(squares().notebook())
    return await validate_notebook(json.dumps(notebook).encode(), "squares.ipynb", tests, folder, **options)


def statuses(validation: Validation) -> list[tuple[str, str]]:
    return [(cell.grade_id, cell.status) for cell in validation.cells]


async def test_passed_and_not_yet(tmp_path: Path) -> None:
    validation = await validate(
        with_solution(squares().notebook(), "def square(x):\n    return x * 2"),
        tmp_path,
    )
    assert statuses(validation) == [
        ("test_square", "failed"),
        ("test_square_zero", "passed"),
        ("test_negative", "not-run"),
    ]
    assert validation.cells[0].message == "square(3) is 9"
    assert validation.cells[1].message is None


async def test_a_cell_that_stops_is_named_and_the_others_still_run(tmp_path: Path) -> None:
    notebook = with_solution(squares().notebook(), "def square(x):\n    return x * x\nprint(nothing)")
    validation = await validate(notebook, tmp_path)
    assert statuses(validation)[:2] == [("test_square", "passed"), ("test_square_zero", "passed")]
    [problem] = validation.problems
    assert (problem.cell, problem.message) == (2, "NameError: name 'nothing' is not defined")


async def test_an_endless_loop_ends(tmp_path: Path) -> None:
    notebook = with_solution(squares().notebook(), "def square(x):\n    while True: pass")
    validation = await validate(notebook, tmp_path, cell_seconds=1)
    assert statuses(validation)[:2] == [("test_square", "timeout"), ("test_square_zero", "timeout")]


async def test_a_loop_that_does_not_let_itself_be_stopped_ends_too(tmp_path: Path) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    notebook = with_solution(squares().notebook(), stubborn)
    validation = await validate(notebook, tmp_path, cell_seconds=1, total_seconds=4)
    assert statuses(validation)[:2] == [("test_square", "not-run"), ("test_square_zero", "not-run")]
    assert "took too long" in (validation.cells[0].message or "")
    assert [problem.cell for problem in validation.problems] == [2]


async def test_ending_the_cell_early_is_no_pass(tmp_path: Path) -> None:
    source = "import sys\ndef square(x):\n    sys.exit(0)"
    validation = await validate(with_solution(squares().notebook(), source), tmp_path)
    assert "passed" not in dict(statuses(validation)).values()


async def test_who_goes_away_ends_the_run(tmp_path: Path) -> None:
    notebook = with_solution(squares().notebook(), "while True: pass")
    task = asyncio.ensure_future(validate(notebook, tmp_path))
    await asyncio.sleep(3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_kernel_that_dies_is_told(tmp_path: Path) -> None:
    validation = await validate(with_solution(squares().notebook(), "import os\nos._exit(1)"), tmp_path)
    assert statuses(validation)[:2] == [("test_square", "not-run"), ("test_square_zero", "not-run")]
    assert "Python itself stopped" in (validation.cells[0].message or "")


async def test_another_language_is_run_in_its_own_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bash from the environment that script/bootstrap --dev makes of requirements/kernels.txt."""
    monkeypatch.setenv("JUPYTER_PATH", str(Path(sys.prefix).parent / ".venv-kernels" / "share" / "jupyter"))
    body = notebook(
        solution("a", "x=1"),
        graded("right", '[ "$x" = 1 ]'),
        graded("wrong", "[ 1 = 2 ]"),
        language="bash",
        kernel="bash",
    )
    validation = await validate_notebook(body, "shell.ipynb", {"right": '[ "$x" = 1 ]', "wrong": "[ 1 = 2 ]"}, tmp_path)
    assert statuses(validation) == [("right", "passed"), ("wrong", "failed")]
    assert validation.cells[1].message == "It ended with exit status 1."


async def test_a_kernel_that_is_not_here_is_told(tmp_path: Path) -> None:
    notebook = json.loads(squares().notebook())
    notebook["metadata"]["kernelspec"]["name"] = "no-such-kernel"
    validation = await validate(notebook, tmp_path)
    assert "no-such-kernel" in (validation.cells[0].message or "")


async def test_edited_and_deleted_tests_run_as_the_release_has_them(tmp_path: Path) -> None:
    notebook = with_solution(squares().notebook(), "def square(x):\n    return 0")
    notebook["cells"][2]["source"] = "pass"
    notebook["cells"][2]["metadata"]["tags"] = ["raises-exception"]
    del notebook["cells"][3]
    validation = await validate(notebook, tmp_path)
    assert sorted(statuses(validation)) == [
        ("test_negative", "not-run"),
        ("test_square", "failed"),
        ("test_square_zero", "passed"),
    ]
    assert len(validation.repairs) == 2


async def test_files_beside_the_notebook_are_found(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("7")
    assignment = TwinAssignment(
        slug="s", title="S", tests=[TwinTest(grade_id="t", source="assert open('t.txt').read() == '7'", wanted="")]
    )
    content = assignment.notebook()
    validation = await validate_notebook(content, "s.ipynb", visible_tests(content), tmp_path)
    assert statuses(validation) == [("t", "passed")]


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'{"cells": [1], "nbformat": 4, "nbformat_minor": 5}'])
def test_damaged_files_are_told(content: bytes) -> None:
    with pytest.raises(NotANotebook, match=r"x\.ipynb"):
        read_notebook(content, "x.ipynb")


def test_a_copied_test_cell_runs_once_as_a_test() -> None:
    notebook = json.loads(squares().notebook())
    notebook["cells"].append(notebook["cells"][2])
    read = read_notebook(json.dumps(notebook).encode(), "x.ipynb")
    assert restore_tests(read, "x.ipynb", visible_tests(squares().notebook())) == []
    assert [cell.metadata.get("nbquest_test") for cell in read.cells].count("test_square") == 1
