"""`python -m grader grade`, as people and scripts use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.factories.notebooks import graded, notebook, solution

pytestmark = pytest.mark.bubblewrap
TEMPLATES = """
python3:
  dispatch: 'type({{snippet}})'
  normalize: 'str({{snippet}})'
  check: 'assert {{snippet}} == "{{value}}", "{{message}}"'
  hash: 'sha1({{snippet}}.encode("utf-8")+b"{{salt}}").hexdigest()'
  setup: "from hashlib import sha1"
  success: "print('Success!')"
  templates:
    default:
      - test: '{{snippet}}'
        fail: 'value of {{snippet}} is not correct'
"""


def grade(*arguments: str | Path) -> tuple[int, list[dict[str, Any]], str]:
    """Return exit status, report lines and standard error."""
    command = [sys.executable, "-m", "grader", "grade", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.ipynb"
    path.write_bytes(notebook(solution("a", "x = 1"), graded("t", "assert x == 1", 2)))
    return path


def test_one_line_for_each_submission_in_order(source: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.ipynb" for name in ("right", "wrong", "broken", "absent", "fifo")]
    paths[0].write_bytes(notebook(solution("a", "x = 1"), graded("t", "assert x == 1", 2)))
    paths[1].write_bytes(notebook(solution("a", "x = 2")))
    paths[2].write_text("{")
    os.mkfifo(paths[4])
    output = tmp_path / "output"
    status, lines, _ = grade("--source", source, "--workers", "2", "--output", output, *paths)
    assert status == 0
    assert [line["submission"] for line in lines] == list(map(str, paths))
    assert [line["score"] for line in lines] == [2, 0, 0, 0, 0]
    assert [line["status"] for line in lines] == ["graded", "graded", *["rejected-invalid"] * 3]
    assert lines[0]["cells"][0].items() >= {"grade_id": "t", "score": 2.0, "max_score": 2.0, "status": "passed"}.items()
    assert lines[1]["repairs"]
    written = sorted(path.name for path in output.iterdir())
    assert written == ["broken.html", "right.html", "right.ipynb", "wrong.html", "wrong.ipynb"]


def test_autotest_directives_are_instantiated_first(tmp_path: Path) -> None:
    source = tmp_path / "source.ipynb"
    test = graded("t", "### HASHED AUTOTEST x", 1)
    source.write_bytes(notebook(solution("a", "### BEGIN SOLUTION\nx = 41\n### END SOLUTION"), test))
    (tmp_path / "autotests.yml").write_text(TEMPLATES)
    paths = [tmp_path / f"{value}.ipynb" for value in (41, 42)]
    for path in paths:
        path.write_bytes(notebook(solution("a", f"x = {path.stem}"), test))
    status, lines, error = grade("--source", source, "--resources", tmp_path, *paths)
    assert (status, [line["score"] for line in lines]) == (0, [1, 0]), error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--resources", "/nowhere"], "not a folder"),
        (["--timeout", "soon"], "invalid float"),
    ],
)
def test_unusable_arguments_exit_with_2(arguments: list[str], says: str, source: Path) -> None:
    status, lines, error = grade("--source", source, *arguments, source)
    assert (status, lines) == (2, [])
    assert says in error


@pytest.mark.parametrize("body", [b"{", notebook(graded("same", "1"), graded("same", "2"))])
def test_an_unusable_source_exits_with_2(body: bytes, source: Path) -> None:
    bad = source.with_name("bad.ipynb")
    bad.write_bytes(body)
    status, lines, error = grade("--source", bad, source)
    assert (status, lines) == (2, [])
    assert error.startswith("grader: ")
    assert "Traceback" not in error


def test_a_source_that_is_not_there_exits_with_2(source: Path) -> None:
    assert grade("--source", source.with_name("none.ipynb"), source)[0] == 2
