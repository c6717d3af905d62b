"""The tiny assignment: two functions of a few lines, no library, four tests, and an answer that a person grades."""

from __future__ import annotations

from tests.bench.assignments import Assignment, answer, text, with_hidden
from tests.factories.notebooks import cell, graded, marks, notebook

_REFUSES = """
try:
    squares({})
except ValueError:
    pass
else:
    raise AssertionError("nothing was raised")
"""
_USES_SQUARES = """
original = squares
del squares
try:
    sum_of_squares(1)
except NameError:
    pass
else:
    raise AssertionError("sum_of_squares does not use squares")
finally:
    squares = original
"""
_SQUARES = """
if n < 1:
    raise ValueError("n has to be at least 1")
return [i**2 for i in range(1, n + 1)]
"""

SOURCE = notebook(
    text("# Squares\n\nTwo short functions. Run the cells in order."),
    answer("squares", 'def squares(n):\n    """Return the squares of the numbers from 1 to n."""', _SQUARES),
    text("For $n=10$ this should show `[1, 4, 9, 16, 25, 36, 49, 64, 81, 100]`:"),
    cell("squares(10)"),
    graded("test_squares", "assert squares(1) == [1]\nassert squares(2) == [1, 4]\nassert squares(5)[-1] == 25"),
    graded(
        "test_squares_refuses",
        with_hidden(_REFUSES.format("0"), "# hint: What about numbers below zero?" + _REFUSES.format("-4")),
    ),
    text("## The sum\n\nUse `squares` to add them up; do not compute them again."),
    answer(
        "sum_of_squares",
        'def sum_of_squares(n):\n    """Return the sum of the first n squares."""',
        "return sum(squares(n))",
    ),
    cell("sum_of_squares(10)"),
    graded(
        "test_sum_of_squares",
        with_hidden(
            "assert sum_of_squares(1) == 1\nassert sum_of_squares(2) == 5\nassert sum_of_squares(10) == 385",
            "assert sum_of_squares(11) == 506",
        ),
        0.5,
    ),
    graded("test_uses_squares", _USES_SQUARES.strip(), 0.5),
    text("## In words\n\nWrite down the equation that `sum_of_squares` computes."),
    cell("$\\sum_{i=1}^n i^2$", kind="markdown", marks=marks("equation", grade=True, solution=True, points=1)),
)

_RIGHT = (
    """
def squares(n):
    if n < 1:
        raise ValueError("too small")
    return [i * i for i in range(1, n + 1)]
""",
    """
def squares(n):
    if n <= 0:
        raise ValueError(n)
    found = []
    for i in range(n):
        found.append((i + 1) ** 2)
    return found
""",
)
_WRONG = (
    "def squares(n):\n    return [i ** 2 for i in range(n)]",
    "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]",
)


def _answers(kind: str, number: int) -> dict[str, str]:
    if kind == "blank":
        return {}
    answers = {
        "squares": _RIGHT[number % 2].strip(),
        "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
        "equation": "$1 + 4 + \\dots + n^2$",
    }
    if kind == "wrong":
        answers["squares"] = _WRONG[number // 2 % 2]
    elif kind == "raising":
        answers["sum_of_squares"] = "def sum_of_squares(n):\n    return squares(n).total()"
    return answers


TINY = Assignment(name="tiny", source=SOURCE, answers=_answers)
