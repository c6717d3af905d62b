"""Wrong answers made from right ones."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from grader.mutants import Mutant, bound_names, make_mutants, read_code
from grader.mutations import apply_mutation, find_mutations
from grader.source import SourceNotebook, load_source
from tests.factories.notebooks import cell, graded, marks, notebook, solution

SQUARES = """
def squares(n):
    ### BEGIN SOLUTION
    if n < 1:
        raise ValueError("n is too small")
    return [i ** 2 for i in range(1, n + 1)]
    ### END SOLUTION
"""
TOTAL = """
def total(numbers, start=0):
    ### BEGIN SOLUTION
    for number in numbers:
        start = start + number
    return start
    ### END SOLUTION
"""


def _source(*answers: str) -> SourceNotebook:
    cells = [solution(f"answer-{number}", dedent(text).strip()) for number, text in enumerate(answers, start=1)]
    given = cell("import math", marks=marks("given"))
    return load_source(notebook(given, *cells, graded("test", "assert True")))


def _changes(code: str) -> set[str]:
    tree = ast.parse(dedent(code))
    texts = {apply_mutation(tree, mutation) for mutation in find_mutations(tree)}
    return {text for text in texts if text is not None}


def test_the_same_notebook_gives_the_same_mutants() -> None:
    """A certificate must not depend on chance."""
    source = _source(SQUARES, TOTAL)
    assert make_mutants(source) == make_mutants(source)


def test_their_number_is_bounded_and_they_are_spread() -> None:
    """Each cell gets its turn before any gets a second one."""
    source = _source(*[SQUARES.replace("squares", f"squares_{number}") for number in range(6)])
    mutants = make_mutants(source, limit=15)
    assert len(mutants) == 15
    assert mutants[0].hollow == {f"squares_{number}" for number in range(6)}
    singles = [mutant for mutant in mutants if len(mutant.answers) == 1]
    assert [next(iter(mutant.answers)) for mutant in singles] == [f"answer-{n}" for n in (1, 2, 3, 4, 5, 6)] * 2
    assert make_mutants(source, limit=0) == ()


def test_only_solution_cells_change_and_each_mutant_is_python() -> None:
    """What is given, and the tests, are the instructor's."""
    source = _source(SQUARES, TOTAL)
    originals = {str(cell.grade_id): cell.source for cell in source.cells if cell.role == "solution"}
    for mutant in make_mutants(source, limit=100):
        assert set(mutant.answers) <= set(originals)
        assert any(originals[grade_id] != text for grade_id, text in mutant.answers.items())
        for text in mutant.answers.values():
            ast.parse(text)
    changes = [mutant.answers for mutant in make_mutants(source, limit=100)]
    assert all(changes.count(answers) == 1 for answers in changes)


def test_a_notebook_without_code_to_change_has_none() -> None:
    """No solution cell, an answer in words, code that doesn't parse."""
    words = cell("Because.", kind="markdown", marks=marks("words", solution=True, grade=True, points=1))
    assert make_mutants(load_source(notebook(words, graded("test", "assert True")))) == ()
    assert make_mutants(_source("def f(:")) == ()


def test_every_other_answer_is_left_out() -> None:
    """As learners do who haven't come to the end."""
    first, second = (mutant for mutant in make_mutants(_source(SQUARES, TOTAL, SQUARES)) if "left out" in mutant.change)
    assert set(first.answers) == {"answer-1", "answer-3"}
    assert set(second.answers) == {"answer-2"}
    assert all("NotImplementedError" in text for text in (*first.answers.values(), *second.answers.values()))


def test_the_hollow_one_empties_every_name() -> None:
    """After the answers have run, so that nothing raises before."""
    mutant = make_mutants(
        _source("x = 1\nfor i in [1]:\n    y, (z, *w) = 1, (2, 3)", "import os\nclass A:\n    b = 1")
    )[0]
    names: dict[str, object] = {}
    for text in mutant.answers.values():
        exec(text, names)
    assert mutant.hollow == {"x", "i", "y", "z", "w", "A"}
    assert all(names[name] is None for name in mutant.hollow)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = a < b", "x = a <= b"),
        ("x = a == b", "x = a != b"),
        ("x = a in b", "x = a not in b"),
        ("x = a + b", "x = a - b"),
        ("x = a * b", "x = a + b"),
        ("x = a // b", "x = a / b"),
        ("x += b", "x -= b"),
        ("x = 41", "x = 42"),
        ("x = 0.5", "x = 1.5"),
        ("x = True", "x = False"),
        ("x = 'Ada'", "x = 'aDA'"),
        ("x = a and b", "x = a or b"),
        ("x = f(a, b)", "x = f(b, a)"),
        ("x = [a, b]", "x = (a, b)"),
        ("x = a", "x = None"),
        ("x = a", "x = str(a)"),
        ("x = [i for i in a if i]", "x = [i for i in a]"),
        ("x = 1 if a else 2", "x = 1 if not a else 2"),
        ("if a:\n    b()", "if not a:\n    b()"),
        ("if a:\n    b()", "if a:\n    pass"),
        ("while a:\n    b()", "while a:\n    b()\n    break"),
        ("def f(a):\n    return [a]", "def f(a):\n    return None"),
        ("def f(a):\n    return [a]", "def f(a):\n    return []"),
        ("def f(a):\n    return [a]", "def f(a):\n    return a"),
        ("def f(a):\n    return g(a)", "def f(a):\n    return 0"),
        ("def f(a):\n    return g(a)", "def f(a):\n    return str(g(a))"),
        ("def f(a):\n    return g(a)", "def f(a):\n    return [g(a)]"),
        ("def f(a):\n    return g(a)", "def f(a):\n    print(g(a))"),
        ("def f(a):\n    return g(a)", "def f(a):\n    raise ValueError('not yet')"),
        ("def f(a):\n    return (a, 1)", "def f(a):\n    return [a, 1]"),
    ],
)
def test_kinds_of_change(code: str, expected: str) -> None:
    """One of each."""
    assert expected in _changes(code)


@pytest.mark.parametrize(
    "code",
    [
        '"""Only a docstring."""',
        "import os",
        "def f():\n    '''Docstring.'''\n    pass",
        "%matplotlib inline",
        "%%bash\necho 1 2",
        "def f(a: int = None):\n    return None",
    ],
)
def test_what_is_left_alone(code: str) -> None:
    """A change there would say nothing; functions can still raise or hand back an argument."""
    tree = read_code(code)
    assert tree is not None
    words = {mutation.words for mutation in find_mutations(tree)}
    assert words <= {"the function raises an error", "it returns a at once"}


def test_nothing_that_might_never_end() -> None:
    """Conditions and steps of a `while` stay as they are."""
    changed = _changes("while i < 10:\n    i += 1")
    assert not any("i <= 10" in text or "pass" in text or "-=" in text for text in changed)


def test_names_that_a_cell_binds() -> None:
    """Not those that live in a function or comprehension only."""
    tree = ast.parse("a = [b for b in x]\ndef f(c):\n    d = 1\nwith open(e) as g:\n    h: int = 1\nimport i")
    assert bound_names(tree) == ["a", "f", "g", "h"]


def test_changes_are_told_in_words() -> None:
    """An instructor reads which answer was tried."""
    told = [mutant.change for mutant in make_mutants(_source(SQUARES)) if isinstance(mutant, Mutant)]
    assert "in answer-1, line 3, < becomes <=" in told
    assert "in answer-1, line 5, it returns None" in told
