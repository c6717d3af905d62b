"""The order in which a notebook's cells are run, so that few snapshots of the student's process are needed. Pure.

A snapshot costs about what a small cell costs. Before a test with a hidden part there has to be one, because cells that
follow may change what the test is about; one serves several tests where nothing between them can. So a cell that does
nothing but define functions is run before the tests that precede it, if it binds no name that occurs in anything before
it: neither those tests nor what they call can tell the difference.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from grader.execution import python_of
from grader.repair import PlannedCell

# What a test could look all names up with; such a test is never overtaken.
_REFLECTION = frozenset(
    [
        "globals",
        "locals",
        "vars",
        "dir",
        "eval",
        "exec",
        "get_ipython",
        "__main__",
        "In",
        "_ih",
        "_oh",
        "Out",
        "inspect",
    ]
)
_PURE = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.BitOr, ast.Load)


@dataclass(frozen=True)
class Group:
    """Test cells, by their position in the plan, that meet the same state of the notebook, one after the other."""

    tests: tuple[int, ...]


def schedule(cells: Sequence[PlannedCell], forwarded: Collection[str], *, grouped: bool = True) -> list[int | Group]:
    """Return what is to be run, in order: positions of cells that are no tests, and groups of tests.

    `forwarded`: names that tests give to the notebook. Not `grouped`, each test is a group of its own.
    """
    steps: list[int | Group] = []
    waiting: list[int] = []
    known: set[str] = set()

    def flush() -> None:
        if waiting:
            steps.append(Group(tuple(waiting)))
            waiting.clear()

    for position, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        if cell.role == "test":
            if not grouped:
                flush()
            waiting.append(position)
        else:
            bound = functions_of(cell.source)
            overtakes = bound is not None and not (bound & known or _REFLECTION & known)
            if not overtakes or not grouped or words_of(cell.source).intersection(forwarded):
                flush()
            steps.append(position)
        known |= words_of(cell.source)
    flush()
    return steps


@functools.lru_cache(maxsize=2048)
def functions_of(source: str) -> frozenset[str] | None:
    """Return the names of the functions that a cell defines, or None if it does anything else."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names = set()
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and _only_defines(statement):
            names.add(statement.name)
        elif not isinstance(statement, ast.Pass):
            return None
    return frozenset(names)


def _only_defines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether defining it calls nothing: no decorator, and defaults and annotations that are names and constants."""
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    annotations = [argument.annotation for argument in every if argument.annotation is not None]
    evaluated: Iterator[ast.expr | None] = iter([*given.defaults, *given.kw_defaults, *annotations, function.returns])
    return not function.decorator_list and all(
        isinstance(node, _PURE) for part in evaluated if part is not None for node in ast.walk(part)
    )


@functools.lru_cache(maxsize=2048)
def words_of(source: str) -> frozenset[str]:
    """Return all names, attributes and texts that occur in a cell: whatever it could mean by them."""
    python = source
    try:
        tree = ast.parse(python)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        python = python_of(source)
        try:
            tree = ast.parse(python)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return frozenset()  # such a cell only fails
    words = _words(tree)
    # A magic becomes a call of get_ipython(), which looks at no names by itself.
    return frozenset(words if python == source or "get_ipython" in source else words - {"get_ipython"})


def _words(tree: ast.AST) -> set[str]:
    words: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name():
                words.add(node.id)
            case ast.Attribute():
                words.add(node.attr)
            case ast.Constant(value=str() as text):
                words.add(text)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                words.add(node.name)
            case ast.Global() | ast.Nonlocal():
                words.update(node.names)
            case ast.Import() | ast.ImportFrom():
                words.update(alias.asname or alias.name for alias in node.names)
                words.update(alias.name.partition(".")[0] for alias in node.names)
            case ast.keyword(arg=str()):
                words.add(str(node.arg))
            case ast.ExceptHandler(name=str()):
                words.add(str(node.name))
    return words
