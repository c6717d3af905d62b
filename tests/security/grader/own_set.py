"""Our own hostile submissions: cell sources in `own/`, all for the assignment in `own/assignment.py`.

A file begins with a header of comments, then holds cells:

    # tries: what it is about, in a line
    # max: 0                 the points that it may get at most (0 unless told)
    # min: 0                 the points that it must get (for honest work that looks suspicious)
    # status: graded         the statuses that are accepted (any verdict unless told)
    # never: TEXT            what must not be shown; nor PWNED, by which a case tells that it got through, nor secrets
    # all: EXPRESSION        every answer that isn't given returns or is this
    # patient: yes           it may take its time, which on a busy machine it needs
    # wants: honest          every answer that isn't given is the right one
    # limit shared: reason   what this engine can't hold, and why; the test fails if it does hold
    # %% own                 a cell of the learner's own
    # %% markdown            the same, of text
    # %% answer squares      the answer cell of that name

Own cells that come before any answer stand at the very beginning; others before the next answer, or at the end.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.factories.notebooks import cell, graded, marks, notebook, solution

FOLDER = Path(__file__).parent / "own"
PASSED_THROUGH = "PWNED"
_CELL = re.compile(r"^# %% (\w+)(?: (\w+))?(?: (\d+))?$", re.MULTILINE)
_CANARY = re.compile(r"own_(?:canary|secret)_\w+")
_REGION = re.compile(r"^( *)### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION\n?", re.DOTALL | re.MULTILINE)
_HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS\n?", re.DOTALL | re.MULTILINE)
_BLANK = "# YOUR CODE HERE\nraise NotImplementedError()"
# How each answer is made of one expression.
_SHAPES = {
    "squares": "def squares(n):\n    return {}",
    "average": "def average(values):\n    return {}",
    "scale": "def scale(values):\n    return {}",
    "totals": "def totals(frame):\n    return {}",
    "greeting": "def greeting(name):\n    return {}",
    "count": "def count(text):\n    return {}",
    "account": "def Account():\n    return {}",
    "answer": "answer = {}",
    "twice": "def twice(function, value):\n    return {}",
    "fibonacci": "def fibonacci(n):\n    return {}",
    "triple": "def triple(n):\n    return {}",
    "absolute": "def absolute(n):\n    return {}",
    "even": "def even(n):\n    return {}",
    "vector": "def Vector(x, y):\n    return {}",
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a file: its kind, name and points, as its marker says, and its text."""

    kind: str
    name: str
    points: int
    text: str


@dataclass(frozen=True, kw_only=True)
class OwnCase:
    """One hostile (or honest) submission, and what may come of it."""

    name: str
    tries: str
    submission: bytes
    most: float
    least: float
    statuses: frozenset[str]
    never: tuple[str, ...]
    patient: bool
    limits: Mapping[str, str]
    """By engine, why it can't hold this."""


def _cells(text: str) -> Iterator[Cell]:
    found = list(_CELL.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    for match, end in zip(found, ends, strict=True):
        kind, name, points = match.groups()
        yield Cell(kind=kind, name=name or "", points=int(points or 0), text=text[match.end() + 1 : end].strip("\n"))


@functools.cache
def _assignment() -> tuple[Cell, ...]:
    return tuple(_cells((FOLDER / "assignment.py").read_text()))


def secrets() -> tuple[str, ...]:
    """Return the names and values that stand in hidden tests only."""
    hidden = "".join(_HIDDEN.findall((FOLDER / "assignment.py").read_text()))
    return tuple(sorted(set(_CANARY.findall(hidden))))


def source() -> bytes:
    """Return the instructor's version."""
    made = []
    for item in _assignment():
        if item.kind == "locked":
            made.append(cell(item.text, marks=marks(item.name)))
        elif item.kind == "answer":
            made.append(solution(item.name, item.text))
        else:
            made.append(graded(item.name, item.text, item.points))
    return notebook(*made)


def right(name: str) -> str:
    """Return the right answer `name`."""
    (found,) = [item for item in _assignment() if item.kind == "answer" and item.name == name]
    return _REGION.sub(lambda match: match.group(2), found.text + "\n").strip("\n")


def _blank(name: str) -> str:
    (found,) = [item for item in _assignment() if item.kind == "answer" and item.name == name]
    return _REGION.sub(lambda match: "\n".join(match.group(1) + line for line in _BLANK.split("\n")), found.text + "\n")


def submit(answers: Mapping[str, str], own: Mapping[str, list[tuple[str, str]]] | None = None) -> bytes:
    """Return a submission of these `answers`, the others blank.

    `own` are cells (kind, text) that stand before the answer of that name, or at the end ("").
    """
    own = own or {}
    made: list[dict[str, Any]] = []
    for item in _assignment():
        if item.kind == "answer":
            made += [cell(text, kind=kind) for kind, text in own.get(item.name, [])]
            made.append(solution(item.name, answers.get(item.name, _blank(item.name))))
        elif item.kind == "locked":
            made.append(cell(item.text, marks=marks(item.name)))
        else:
            made.append(graded(item.name, _HIDDEN.sub("", item.text + "\n"), item.points))
    return notebook(*made, *(cell(text, kind=kind) for kind, text in own.get("", [])))


def honest() -> tuple[bytes, float]:
    """Return honest work, and what it earns."""
    return submit({name: right(name) for name in ("squares", "totals", "account", "even")}), 5.0


def full_marks() -> float:
    """Return the points that are to be had."""
    return float(sum(item.points for item in _assignment()))


def _header(text: str) -> Iterator[tuple[str, str]]:
    for line in text[: text.index("# %%") if "# %%" in text else None].splitlines():
        key, colon, value = line.removeprefix("# ").partition(": ")
        if colon:
            yield key, value


def read_case(path: Path) -> OwnCase:
    """Return the case in a file."""
    text = path.read_text()
    header = list(_header(text))
    told = dict(header)
    answers: dict[str, str] = {}
    if "all" in told:
        answers = {name: shape.format(told["all"]) for name, shape in _SHAPES.items()}
    elif told.get("wants") == "honest":
        answers = {name: right(name) for name in _SHAPES}
    own: dict[str, list[tuple[str, str]]] = {}
    waiting: list[tuple[str, str]] = []
    first: str | None = next(iter(_SHAPES))
    for item in _cells(text):
        if item.kind == "answer":
            answers[item.name] = item.text
            own.setdefault(first or item.name, []).extend(waiting)
            first, waiting = None, []
        else:
            body = re.sub(r"^# ?", "", item.text, flags=re.MULTILINE) if item.kind == "markdown" else item.text
            waiting.append(("markdown" if item.kind == "markdown" else "code", body))
    own.setdefault(first or "", []).extend(waiting)
    return OwnCase(
        name=f"{path.parent.name}/{path.stem}",
        tries=told["tries"],
        submission=submit(answers, own),
        most=float(told.get("max", full_marks() if "min" in told else 0)),
        least=float(told.get("min", 0)),
        statuses=frozenset(told.get("status", "graded error-in-cell timeout memory-limit").split()),
        never=(PASSED_THROUGH, *(value for key, value in header if key == "never")),
        patient=told.get("patient") == "yes",
        limits={key.removeprefix("limit "): value for key, value in header if key.startswith("limit ")},
    )


@functools.cache
def cases() -> Mapping[str, OwnCase]:
    """Return all cases by name."""
    found = [read_case(path) for path in sorted(FOLDER.glob("*/*.py"))]
    return {case.name: case for case in found}
