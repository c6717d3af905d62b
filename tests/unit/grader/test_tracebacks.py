"""Errors look as in a notebook, name no folder of the grader's, and stay small whatever is raised."""

from __future__ import annotations

import json
import linecache
from collections.abc import Iterator
from typing import Any

import pytest

from grader.sandbox.inside.tracebacks import format_error, format_syntax_error

NAME = "cell-of-this-test"


@pytest.fixture(autouse=True)
def forget_the_cell() -> Iterator[None]:
    yield
    linecache.cache.pop(NAME, None)


def shown(source: str, **names: Any) -> str:
    """Return what a cell with this source shows."""
    linecache.cache[NAME] = (len(source), None, source.splitlines(keepends=True), NAME)
    try:
        exec(compile(source, NAME, "exec"), {**names})
    except SyntaxError as error:
        return "\n".join(format_syntax_error(error, label))
    except BaseException as error:
        return "\n".join(format_error(error, error.__traceback__.tb_next, label))  # type: ignore[union-attr]
    raise AssertionError("the cell raised nothing")


def label(filename: str) -> str | None:
    return "Cell In[1]" if filename == NAME else None


def test_shows_the_lines_around_each_call() -> None:
    text = shown("def half(n):\n    x = 0\n    return n / x\n\nhalf(3)")
    assert text.splitlines()[1:] == [
        "ZeroDivisionError                         Traceback (most recent call last)",
        "Cell In[1], line 5",
        "      3     return n / x",
        "      4 ",
        "----> 5 half(3)",
        "",
        "Cell In[1], line 3, in half(n)",
        "      1 def half(n):",
        "      2     x = 0",
        "----> 3     return n / x",
        "      4 ",
        "      5 half(3)",
        "",
        "ZeroDivisionError: division by zero",
    ]


def test_a_library_is_named_without_its_folder_and_without_its_lines() -> None:
    text = shown("loads('{')", loads=json.loads)
    assert "File json/decoder.py:" in text
    assert "JSONDecodeError" in text
    assert str(json.__file__) not in text
    assert "raise" not in text


def test_shows_causes_contexts_and_notes() -> None:
    text = shown("try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('no') from error")
    assert text.index("division by zero") < text.index("direct cause") < text.index("ValueError: no")
    assert "During handling" in shown("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('no')")
    alone = shown("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('no') from None")
    assert "ZeroDivisionError" not in alone.split("Traceback")[1].split("Cell")[0]
    assert "division by zero" not in alone
    assert shown("e = ValueError('no')\ne.add_note('look here')\nraise e").endswith("ValueError: no\nlook here")


def test_leaves_out_the_middle_of_a_deep_recursion() -> None:
    text = shown("def f(n):\n    return f(n + 1)\nf(0)")
    assert "more calls" in text
    assert len(text) < 3000


def test_a_long_chain_and_a_chain_that_bites_its_tail_end() -> None:
    link = "    new = ValueError(str(n))\n    new.__cause__ = error\n    error = new\n"
    many = f"error = None\nfor n in range(50):\n{link}raise error"
    assert len(shown(many)) < 5000
    ring = "a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a"
    assert shown(ring).count("ValueError: a") == 1


def test_a_class_that_lies_about_itself_is_shown_by_its_name() -> None:
    lie = (
        "class Lie(Exception):\n    __cause__ = 7\n    __notes__ = 'none'\n"
        "    def __str__(self):\n        raise SystemExit\nraise Lie"
    )
    assert shown(lie).endswith("\nLie")


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x = = 3", ["  Cell In[1], line 1", "    x = = 3", "        ^", "SyntaxError: invalid syntax"]),
        (
            "if 1:\npass",
            ["  Cell In[1], line 2", "    pass", "    ^",
             "IndentationError: expected an indented block after 'if' statement on line 1"],
        ),
        ("raise SyntaxError('made up')", ["  File <string>:0", "SyntaxError: made up"]),
    ],
)  # fmt: skip
def test_points_at_what_is_no_python(source: str, lines: list[str]) -> None:
    assert shown(source).splitlines() == lines
