"""How long cells may take, and how test cells become plain Python."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

import grader
from grader.execution import Patience, is_quiet, python_of
from grader.options import Limits
from grader.repair import PlannedCell


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    time = [1000.0]
    monkeypatch.setattr("grader.execution.time.monotonic", lambda: time[0])
    return time


def cell(role: str = "test", grade_id: str = "t") -> PlannedCell:
    return PlannedCell(
        role=role,  # type: ignore[arg-type]
        cell_type="code",
        grade_id=grade_id,
        points=Decimal(1),
        source="",
        visible="",
    )


def test_each_cell_has_its_limit_within_the_whole(now: list[float]) -> None:
    patience = Patience(Limits(cell_seconds=30, total_seconds=50))
    assert patience.deadline(cell()) == 1030
    now[0] = 1040
    assert patience.deadline(cell()) == 1050
    assert (patience.left, patience.over) == (10, False)
    now[0] = 1050
    assert patience.over


def test_an_endless_loop_costs_its_limit_once(now: list[float]) -> None:
    patience = Patience(Limits(cell_seconds=30, total_seconds=120), {"slow": 5.0})
    patience.try_it()
    assert patience.deadline(cell()) == 1003  # a tenth
    assert patience.deadline(cell(grade_id="slow")) == 1020  # four times what the instructor's answer takes
    assert patience.deadline(cell("solution")) == 1030  # an answer is run once, so it has its whole limit
    short = Patience(Limits(cell_seconds=1, total_seconds=120))
    short.try_it()
    assert short.deadline(cell()) == 1000.5


@pytest.mark.parametrize(
    ("source", "quiet"),
    [("1;", True), ("1", False), ("1;  # why", True), ("x = ';'", False), ("", False), ("(", False), ("1;\n\n", True)],
)
def test_a_last_semicolon_keeps_the_value_from_being_shown(source: str, quiet: bool) -> None:
    assert is_quiet(source) is quiet


def test_magics_become_plain_python() -> None:
    assert "run_line_magic" in python_of("%matplotlib inline\nx = 1")


@pytest.mark.parametrize(
    "source", ["\n\nassert f(1) == 2", '"""\n>>> f(1)\n"""', "await f()", "'\\d'", "x = (5\n% 3)", "print('%time')"]
)
def test_plain_python_stays_as_it_is(source: str) -> None:
    assert python_of(source) == f"{source}\n"


def test_the_shell_is_not_imported_for_plain_python() -> None:
    use = "import sys, grader.execution as e; e.python_of('assert 1'); sys.exit('IPython' in sys.modules)"
    folder = Path(grader.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", use], cwd=folder, check=False).returncode == 0
