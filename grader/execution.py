"""What all engines share: the records of a run, how long cells may take, and how a test cell becomes plain Python."""

from __future__ import annotations

import ast
import functools
import io
import time
import tokenize
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from grader.certificate import Observed
from grader.options import Limits
from grader.records import CellRecord
from grader.repair import PlannedCell

INTERRUPT_GRACE = 2.0
MAX_RESTARTS = 2
Ending = Literal["finished", "died", "timeout", "memory-limit"]

# After one test ran into its limit the next ones get what they ordinarily need, and not the whole limit again.
_IMPATIENT_SHARE = 0.1
_IMPATIENT_FLOOR = 0.5
_INSTRUCTOR_FACTOR = 4


@dataclass(frozen=True, kw_only=True)
class RunLog:
    """The records of one run, one for each cell of the plan, and how the run ended."""

    records: tuple[CellRecord, ...]
    ending: Ending


@dataclass(frozen=True, kw_only=True)
class Execution:
    """A submission, run: what decides on the score, and what the learner is shown.

    `observed` tells what test cells met that nobody had certified.
    """

    scoring: RunLog
    display: RunLog
    has_hidden: bool
    observed: Mapping[str, Observed] = field(default_factory=dict)


class Patience:
    """How long each cell may take, so that an endless loop costs its limit once and not once a test."""

    def __init__(self, limits: Limits, seconds: Mapping[str, float] | None = None) -> None:
        """`seconds`: how long test cells took with the instructor's answers, by grade_id."""
        self._limits = limits
        self._seconds = seconds or {}
        self._end = time.monotonic() + limits.total_seconds
        self._tried = False

    @property
    def over(self) -> bool:
        """Whether the time for all cells is up."""
        return time.monotonic() >= self._end

    @property
    def left(self) -> float:
        """The seconds that are left for all cells."""
        return self._end - time.monotonic()

    def deadline(self, cell: PlannedCell) -> float:
        """Return when (monotonic) `cell`, begun now, has to be done."""
        seconds = self._limits.cell_seconds
        if self._tried and cell.role == "test":
            ordinary = _INSTRUCTOR_FACTOR * self._seconds.get(str(cell.grade_id), 0.0)
            seconds = min(seconds, max(_IMPATIENT_FLOOR, _IMPATIENT_SHARE * seconds, ordinary))
        return min(time.monotonic() + seconds, self._end)

    def try_it(self) -> None:
        """Note that a cell ran into its limit."""
        self._tried = True


@functools.lru_cache(maxsize=1024)
def python_of(source: str) -> str:
    """Return a test cell as plain Python: the instructor's magics, past whatever the learner did to the shell."""
    if _is_python(source):
        return f"{source}\n"
    # Few tests need it, and it takes a worker's time to start and its memory.
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415

    python: str = TransformerManager().transform_cell(source)
    return python


def _is_python(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<test>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except (SyntaxError, ValueError):
            return False
    return True


@functools.lru_cache(maxsize=1024)
def is_quiet(source: str) -> bool:
    """Whether a cell ends in a semicolon, which keeps its last value from being shown (and so from giving points)."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    passed_over = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT)
    code = [token for token in tokens if token.type not in passed_over]
    return bool(code) and code[-1].string == ";"
