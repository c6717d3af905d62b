"""Wrong answers, made from the right ones: small changes to the instructor's solution cells.

A test that is worth its points fails with some of them, and both engines have to give each of them the same points.
Everything here is pure and gives the same mutants for the same notebook.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager

from grader.mutations import apply_mutation, find_mutations
from grader.source import SourceCell, SourceNotebook

MAX_MUTANTS = 24


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """Answers that differ from the instructor's: the new text of some solution cells, by grade_id.

    `change` says what was done, for a person. `hollow` names what was left without a value, where that is all it does.
    """

    change: str
    answers: Mapping[str, str]
    hollow: frozenset[str] = frozenset()


def make_mutants(source: SourceNotebook, *, limit: int = MAX_MUTANTS) -> tuple[Mutant, ...]:
    """Return at most `limit` mutants, those that tell most first.

    They start with one that empties every name that the answers bind and, where there are several solution cells, with
    two that leave out every other answer. The rest change one place each, spread over the solution cells.
    """
    cells = [cell for cell in source.cells if cell.role == "solution" and cell.cell_type == "code"]
    trees = {str(cell.grade_id): tree for cell in cells if (tree := read_code(cell.source)) is not None}
    singles = _take_turns([_single(grade_id, tree) for grade_id, tree in trees.items()])
    wanted = itertools.chain(_hollow(trees), _left_out(cells), singles)
    originals = {str(cell.grade_id): cell.source for cell in cells}
    return tuple(itertools.islice(_without_doubles(wanted, originals), max(0, limit)))


def read_code(source: str) -> ast.Module | None:
    """Return the syntax tree of a cell, its magics turned into Python; None where it isn't Python."""
    try:
        python: str = TransformerManager().transform_cell(source)
        return ast.parse(python)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def bound_names(tree: ast.Module) -> list[str]:
    """Return the names that a cell gives a value to, without those that it imports, in order."""
    return list(dict.fromkeys(_bound(tree.body)))


def _bound(body: Iterable[ast.AST]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from _bound(ast.iter_child_nodes(node))


def _hollow(trees: Mapping[str, ast.Module]) -> Iterator[Mutant]:
    """Yield the mutant whose answers run as they are and then lose what they made."""
    answers, names = {}, []
    for grade_id, tree in trees.items():
        bound = bound_names(tree)
        if bound:
            answers[grade_id] = f"{ast.unparse(tree)}\n{' = '.join(bound)} = None\n"
            names += bound
    if answers:
        yield Mutant(change="every name that the answers bind is None", answers=answers, hollow=frozenset(names))


def _left_out(cells: Sequence[SourceCell]) -> Iterator[Mutant]:
    if len(cells) < 2:
        return
    for first, words in ((0, "the first answer and every other one after it"), (1, "the second and every other one")):
        yield Mutant(
            change=f"{words} is left out", answers={str(cell.grade_id): cell.visible for cell in cells[first::2]}
        )


def _single(grade_id: str, tree: ast.Module) -> Iterator[Mutant]:
    original = ast.unparse(tree)
    for mutation in find_mutations(tree):
        text = apply_mutation(tree, mutation)
        if text is not None and text != original:
            change = f"in {grade_id}, line {mutation.line}, {mutation.words}"
            yield Mutant(change=change, answers={grade_id: f"{text}\n"})


def _take_turns(rows: Sequence[Iterator[Mutant]]) -> Iterator[Mutant]:
    """Yield one of each row, then the next of each, until all are used up."""
    for turn in itertools.zip_longest(*rows):
        yield from (mutant for mutant in turn if mutant is not None)


def _without_doubles(mutants: Iterable[Mutant], originals: Mapping[str, str]) -> Iterator[Mutant]:
    seen: set[tuple[tuple[str, str], ...]] = set()
    for mutant in mutants:
        key = tuple(sorted(mutant.answers.items()))
        if key not in seen and any(originals[grade_id] != text for grade_id, text in key):
            seen.add(key)
            yield mutant
