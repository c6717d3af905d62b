"""Decides, from the reports on an instructor's own and on wrong answers, what a certificate says. Pure."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from grader.certificate import Observed, Reason
from grader.mutants import Mutant, read_code
from grader.options import PRELOAD
from grader.report import CellResult, Report
from grader.source import SourceNotebook

SLOW_SECONDS = 5.0
MAX_QUOTE = 200
TrialKind = Literal["own", "blank", "mutant"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One set of answers, graded: `shared` in the learner's process, `separate` (where it was tried) in its own.

    `unsteady`: the tests that didn't give the same twice, so that they say nothing about the engines.
    """

    kind: TrialKind
    shared: Report
    separate: Report | None = None
    mutant: Mutant | None = None
    unsteady: frozenset[str] = frozenset()


def find_differences(first: Report, second: Report) -> tuple[str, ...]:
    """Return the test cells that the two reports don't give the same: points, passed or not, left to a person or not.

    How a test failed doesn't matter: the same mistake may end in another error elsewhere.
    """
    others = {cell.grade_id: _verdict(cell) for cell in second.cells}
    return tuple(cell.grade_id for cell in first.cells if others.get(cell.grade_id) != _verdict(cell))


def _verdict(cell: CellResult) -> tuple[Decimal, bool, bool]:
    return cell.score, cell.status == "passed", cell.status == "manual"


def explain_differences(trials: Sequence[Trial], observed: Mapping[str, Observed]) -> tuple[Reason, ...]:
    """Return why `separate` won't do, one reason for each test cell: the first trial that shows it.

    A test that doesn't give even the right answers the same points twice is not held against `separate`.
    """
    chance = _unsteady(trials)
    found: dict[str, Reason] = {}
    for trial in trials:
        if trial.separate is None:
            continue
        results = {cell.grade_id: cell for cell in trial.separate.cells}
        for cell in trial.shared.cells:
            grade_id, other = cell.grade_id, results.get(cell.grade_id)
            if grade_id in found or grade_id in chance or grade_id in trial.unsteady:
                continue
            if other is None or _verdict(cell) != _verdict(other):
                met = observed[grade_id].unsupported if grade_id in observed else ()
                found[grade_id] = Reason(text=_explain(trial, cell, other, met), grade_id=grade_id)
    return tuple(found.values())


def _unsteady(trials: Iterable[Trial]) -> frozenset[str]:
    return frozenset(grade_id for trial in trials if trial.kind == "own" for grade_id in trial.unsteady)


def _explain(trial: Trial, shared: CellResult, separate: CellResult | None, unsupported: Sequence[str]) -> str:
    if separate is None:
        here, there = f"earns {_points(shared)} points", "was not run"
    elif shared.score == separate.score:
        here, there = _ended(shared), _ended(separate)
    else:
        here, there = f"earns {_points(shared)} points", f"earns {_points(separate)}"
    text = f"{_whose(trial)} it {here} in the learner’s process, but {there} in one of its own."
    if unsupported:
        return f"{text} {_sentence(unsupported[0])}"
    said = None if separate is None or separate.status == "passed" else separate.message
    return f"{text} There it said: “{shorten(said)}”" if said else text


def _whose(trial: Trial) -> str:
    if trial.mutant is not None:
        return f"With a wrong answer ({trial.mutant.change})"
    return "With your own answers" if trial.kind == "own" else "With nothing filled in"


def _ended(cell: CellResult) -> str:
    words = {"passed": "passes", "manual": "waits for a person", "timeout": "takes too long", "not-run": "is not run"}
    return words.get(cell.status, "fails")


def list_warnings(
    source: SourceNotebook, trials: Sequence[Trial], observed: Mapping[str, Observed], *, cell_seconds: float
) -> tuple[Reason, ...]:
    """Return what the instructor should look at, in the order of what it is about. A cell may take `cell_seconds`."""
    weak = find_weak_tests(source, trials)
    return (
        *warn_about_own(source, trials),
        *warn_about_blank(trials, weak),
        *weak.values(),
        *warn_about_unsteady(_unsteady(trials)),
        *warn_about_slow(observed, cell_seconds),
    )


def warn_about_own(source: SourceNotebook, trials: Sequence[Trial]) -> Iterator[Reason]:
    """Yield the tests that the instructor's own answers don't pass. What a person grades may be without an answer."""
    tests = {cell.grade_id for cell in source.cells if cell.role == "test"}
    for trial in trials:
        if trial.kind != "own":
            continue
        for cell in trial.shared.cells:
            if cell.grade_id in tests and cell.status != "passed":
                verdict = f"get {_points(cell)} points" if cell.max_score else "don’t pass"
                said = f" It says: “{shorten(cell.message)}”" if cell.message else ""
                yield Reason(text=f"Your own answers {verdict} here.{said}", grade_id=cell.grade_id)
        yield from (Reason(text=warning) for warning in trial.shared.warnings)


def warn_about_blank(trials: Sequence[Trial], weak: Collection[str]) -> Iterator[Reason]:
    """Yield the tests that give points to a learner who hands in what was handed out; not those told of as weak."""
    for trial in trials:
        for cell in trial.shared.cells if trial.kind == "blank" else ():
            if cell.score > 0 and cell.grade_id not in weak:
                yield Reason(
                    text=f"It gives {_points(cell)} points to a learner who changes nothing.", grade_id=cell.grade_id
                )


def find_weak_tests(source: SourceNotebook, trials: Sequence[Trial]) -> dict[str, Reason]:
    """Return a warning for each test that passes with the right answers and with every wrong one that was tried.

    A test that uses none of the names that the answers bind may check something else, such as what was printed. Only
    if it passes on an empty notebook, too, is that told.
    """
    mutants = [trial for trial in trials if trial.kind == "mutant"]
    own = [trial for trial in trials if trial.kind == "own"]
    blank = [trial for trial in trials if trial.kind == "blank"]
    if not mutants or not own or not blank:
        return {}
    answers = frozenset(name for trial in mutants if trial.mutant for name in trial.mutant.hollow)
    always = _passing(own) & _passing(mutants)
    empty = _passing(blank)
    found = {}
    for cell in source.cells:
        grade_id = str(cell.grade_id)
        if cell.role != "test" or grade_id not in always:
            continue
        if grade_id in empty:
            text = (
                f"It passes with nothing filled in, and with each of the {len(mutants)} wrong answers that were tried. "
                "It may check nothing."
            )
        elif loaded_names(cell.source) & answers:
            text = (
                f"It passes with each of the {len(mutants)} wrong answers that were tried. "
                "It may check no more than that there is an answer."
            )
        else:
            continue
        found[grade_id] = Reason(text=text, grade_id=grade_id)
    return found


def _passing(trials: Sequence[Trial]) -> frozenset[str]:
    """Return the tests that pass in all of these."""
    sets = [{cell.grade_id for cell in trial.shared.cells if cell.status == "passed"} for trial in trials]
    return frozenset(set.intersection(*sets)) if sets else frozenset()


def warn_about_unsteady(unsteady: Collection[str]) -> Iterator[Reason]:
    """Yield the tests that don't give the same twice."""
    for grade_id in sorted(unsteady):
        yield Reason(
            text="It did not give your own answers the same points each time. Chance or the clock decides, it seems; "
            "a fixed seed helps.",
            grade_id=grade_id,
        )


def warn_about_slow(observed: Mapping[str, Observed], cell_seconds: float) -> Iterator[Reason]:
    """Yield the tests that take long with the instructor's own answers; a cell may take `cell_seconds`."""
    for grade_id, met in observed.items():
        if met.seconds >= min(SLOW_SECONDS, cell_seconds / 2):
            yield Reason(
                text=f"It takes {met.seconds:.0f} s with your own answers. "
                f"A cell may take {cell_seconds:.0f} s, and the answers of learners are often slower.",
                grade_id=grade_id,
            )


def loaded_names(source: str) -> frozenset[str]:
    """Return the names that a cell reads."""
    tree = read_code(source)
    nodes = ast.walk(tree) if tree is not None else ()
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def imported_modules(source: SourceNotebook, resources: Collection[str]) -> tuple[str, ...]:
    """Return the modules that the notebook's code imports, in order: no helpers beside it, and not Python's own."""
    beside = {name.split("/")[0].removesuffix(".py") for name in resources}
    found: dict[str, None] = {}
    for cell in source.cells:
        tree = read_code(cell.source) if cell.cell_type == "code" else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Import):
                found.update((alias.name, None) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
    passed_over = beside | sys.stdlib_module_names
    return tuple(name for name in found if name.split(".")[0] not in passed_over)


def with_companions(modules: Collection[str]) -> tuple[str, ...]:
    """Return `modules` and what comes along with them in most notebooks: `np.testing` is imported by being named."""
    roots = {name.split(".")[0] for name in modules}
    return tuple(dict.fromkeys((*modules, *(name for name in PRELOAD if name.split(".")[0] in roots))))


def _points(cell: CellResult) -> str:
    return f"{cell.score.normalize():f} of {cell.max_score.normalize():f}"


def shorten(text: str | None) -> str:
    """Return the text on one line, and not too much of it."""
    words = " ".join((text or "").split())
    return words if len(words) <= MAX_QUOTE else f"{words[:MAX_QUOTE]}…"


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "”", "?")) else f"{text}."
