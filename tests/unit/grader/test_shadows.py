"""Names of a learner's that stand before builtins and imports: looked past in tests, left alone elsewhere."""

from __future__ import annotations

import ast
import math
import types
from typing import Any

import pytest

from grader.certificate import Policy
from grader.meanings import read_meanings
from grader.policy import read_policy
from grader.sandbox.inside.pristine import Pristine, is_ours
from grader.sandbox.inside.shadows import Shadows
from grader.source import load_source
from tests.factories.notebooks import cell, graded, marks, notebook, solution

LYING = {
    "len": lambda value: 13,
    "abs": lambda value: 0,
    "math": types.SimpleNamespace(isclose=lambda *_: True),
    "root": lambda value: 3,
}
GIVEN = {"math": ("math", None), "root": ("math", "sqrt")}


def run(test: str, *, bound: tuple[str, ...] = (), **names: Any) -> dict[str, Any]:
    namespace: dict[str, Any] = {**LYING, **names}
    shadows = Shadows(namespace, Pristine())
    shadows.expect(GIVEN, bound)
    tree = ast.parse(test)
    namespace.update(shadows.look_past(tree))
    exec(compile(tree, "<test>", "exec"), namespace)
    return namespace


@pytest.mark.parametrize(
    "test",
    [
        "assert len([1]) == 1",
        "assert [len(x) for x in ([], [1])] == [0, 1]",
        "def check(value):\n    return abs(value) == 2\nassert check(-2)",
        "assert not math.isclose(1, 2)",
        "assert root(4) == 2",
        "assert (lambda x: len(x))('ab') == 2",
    ],
)
def test_a_test_gets_what_the_instructor_meant(test: str) -> None:
    run(test)


@pytest.mark.parametrize(
    "test",
    [
        "len = 5\nassert len == 5",
        "def f(len):\n    return len\nassert f(3) == 3",
        "import math\nassert math.pi > 3",
        "for abs in (1, 2):\n    pass\nassert abs == 2",
        "try:\n    1 / 0\nexcept ZeroDivisionError as root:\n    pass",
    ],
)
def test_what_the_test_binds_itself_is_the_tests(test: str) -> None:
    run(test)


def test_a_name_that_the_exercise_is_about_is_the_learners() -> None:
    run("assert len([1]) == 13", bound=("len",))


def test_a_plain_value_is_no_lie() -> None:
    """It would fail in a notebook as well, and says what is wrong."""
    with pytest.raises(TypeError):
        run("len([1])", len=3)
    run("assert max == 3", max=3)


def test_a_missing_name_is_missing() -> None:
    with pytest.raises(NameError):
        run("assert not_there == 1")


def test_the_learners_own_functions_keep_their_names() -> None:
    namespace = run("assert answer() == 13 and len([]) == 0", answer=eval("lambda: len([])", dict(LYING)))
    assert namespace["len"] is LYING["len"]
    assert namespace["math"] is not math


def test_meanings_come_from_the_instructors_notebook() -> None:
    source = load_source(
        notebook(
            cell("import math\nimport numpy as np\nfrom os.path import *", marks=marks("given")),
            solution("a", "from functools import reduce\ndef sum(values):\n    return 0\nmax: int = 3"),
            graded("t", "assert sum([1]) == 1\nwith open('x') as file: pass"),
        )
    )
    meanings = read_meanings(read_policy(source))
    assert dict(meanings.given) == {"math": ("math", None), "np": ("numpy", None)}
    assert meanings.bound == ("max", "sum")
    assert meanings.to_json() == {"given": {"math": ["math", None], "np": ["numpy", None]}, "bound": ["max", "sum"]}
    assert read_meanings(Policy()).given == {}


def test_our_own_modules_are_known() -> None:
    assert is_ours("grader")
    assert is_ours("grader.sandbox.inside.testcells")
    assert not is_ours("grader_of_mine")


def test_pristine_puts_back_functions_and_their_insides() -> None:
    def yes(*_: Any, **__: Any) -> bool:
        return True

    import statistics

    pristine = Pristine()
    real, code = statistics.mean, statistics.mean.__code__
    try:
        statistics.mean.__code__ = yes.__code__
        statistics.median = yes  # type: ignore[assignment]
        pristine.restore({}, code=True)
        assert statistics.mean is real
        assert statistics.mean([1, 2]) == 1.5
        assert statistics.median([1, 2, 3]) == 2
    finally:
        real.__code__ = code
