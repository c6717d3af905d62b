"""In which order cells are run: a cell overtakes tests only where nobody can tell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader.repair import PlannedCell
from grader.schedule import Group, functions_of, schedule


def cells(*sources: str) -> list[PlannedCell]:
    """Make cells; those that begin with `assert` are tests."""
    return [
        PlannedCell(
            role="test" if source.startswith("assert") else "solution",
            cell_type="code",
            grade_id=str(position),
            points=Decimal(1),
            source=source,
            visible=source,
        )
        for position, source in enumerate(sources)
    ]


def order(*sources: str, forwarded: tuple[str, ...] = (), grouped: bool = True) -> list[int | tuple[int, ...]]:
    steps = schedule(cells(*sources), forwarded, grouped=grouped)
    return [step.tests if isinstance(step, Group) else step for step in steps]


F, G = "def f(n):\n    return n", "def g(n):\n    return n"
TEST_F, TEST_G = "assert f(1) == 1", "assert g(1) == 1"


def test_functions_come_before_the_tests_of_others() -> None:
    assert order(F, TEST_F, G, TEST_G) == [0, 2, (1, 3)]
    assert order("%matplotlib inline", F, TEST_F, G, TEST_G) == [0, 1, 3, (2, 4)]


@pytest.mark.parametrize(
    "sources",
    [
        (F, TEST_F, "x = 1", TEST_G),  # it may do anything
        (F, TEST_F, F, TEST_F),  # the tested function is made anew
        ("def f(n):\n    return g(n)", TEST_F, G, TEST_G),  # the tested function uses it
        (F, "assert not callable(globals().get('h'))", G, TEST_G),
        (F, "assert 'g' not in __import__('json').__dict__", G, TEST_G),
        (F, TEST_F, "@f\ndef g(n):\n    return n", TEST_G),
        (F, TEST_F, "def g(n=f(1)):\n    return n", TEST_G),
        (F, TEST_F, "class G:\n    x = f(1)", TEST_G),
        (F, TEST_F, "%matplotlib inline", TEST_G),
        (F, "assert get_ipython().user_ns", G, TEST_G),
        (F, TEST_F, "def g(:", TEST_G),
    ],
)
def test_anything_that_a_test_could_notice_waits(sources: tuple[str, ...]) -> None:
    assert order(*sources) == [0, (1,), 2, (3,)]


def test_what_tests_give_to_the_notebook_is_waited_for() -> None:
    assert order(F, TEST_F, "def g(n=seed):\n    return n", TEST_G, forwarded=("seed",)) == [0, (1,), 2, (3,)]


def test_tests_in_a_row_are_one_group_unless_told_otherwise() -> None:
    assert order(F, TEST_F, TEST_F, TEST_F) == [0, (1, 2, 3)]
    assert order(F, TEST_F, G, TEST_G, TEST_G, grouped=False) == [0, (1,), 2, (3,), (4,)]


def test_what_only_defines() -> None:
    assert functions_of("# nothing\n") == frozenset()
    assert functions_of("def f(a: int = 1, *b: 'text', c: list[int] | None = None) -> str: ...") == frozenset("f")
    assert functions_of("x = 1") is None
    assert functions_of("'shown'") is None
