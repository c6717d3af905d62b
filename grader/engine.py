"""The `shared` engine: a notebook's tests run in the process that runs the learner's code, as nbgrader runs them.

Where a notebook has hidden tests it is run twice, in two processes that know nothing of each other. The run for the
score holds the hidden tests, and nothing that it prints is ever looked at. The run for the learner to read holds only
what the learner was given anyway, so no trick can make it show a hidden test.
"""

from __future__ import annotations

import dataclasses
import io
import secrets
import time
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from IPython.core.inputtransformer2 import TransformerManager

from grader.errors import SandboxFailed
from grader.options import Limits
from grader.records import NOT_RUN, CellRecord, read_answer
from grader.repair import Plan, PlannedCell
from grader.sandbox.inside import frames
from grader.sandbox.server import Run, SandboxServer

INTERRUPT_GRACE = 2.0
MAX_RESTARTS = 2
Ending = Literal["finished", "died", "timeout", "memory-limit"]


@dataclass(frozen=True, kw_only=True)
class RunLog:
    """The records of one run, one for each cell of the plan, and how the run ended."""

    records: tuple[CellRecord, ...]
    ending: Ending


@dataclass(frozen=True, kw_only=True)
class Execution:
    """A submission, run: what decides on the score, and what the learner is shown."""

    scoring: RunLog
    display: RunLog
    has_hidden: bool


@dataclass(frozen=True)
class _Task:
    """One run to be done: which cells of the plan (None: left out), with or without hidden tests, shown or not."""

    plan: Plan
    cells: Sequence[PlannedCell | None]
    resources: Mapping[str, bytes]
    seed: int
    limits: Limits
    hidden: bool
    show: bool


class SharedEngine:
    """Runs plans in confined processes of one fork server."""

    def __init__(self, server: SandboxServer, limits: Limits) -> None:
        self._server = server
        self._limits = limits

    def execute(self, plan: Plan, resources: Mapping[str, bytes]) -> Execution:
        """Run `plan` with `resources` beside the notebook."""
        seed = secrets.randbelow(1 << 31)
        has_hidden = any(cell.has_hidden for cell in plan.cells)
        began = time.monotonic()
        scoring = self._run_past_deaths(_Task(plan, plan.cells, resources, seed, self._limits, True, not has_hidden))
        if not has_hidden:
            return Execution(scoring=scoring, display=scoring, has_hidden=False)
        # What ended that run would end this one, too: it leaves out the same cells.
        pairs = zip(plan.cells, scoring.records, strict=True)
        fatal = ("died", "not-run") if scoring.ending == "finished" else ("died", "not-run", "timeout")
        cells = [None if record.outcome in fatal else cell for cell, record in pairs]
        allowed = min(self._limits.total_seconds, 3 * (time.monotonic() - began) + 5)
        limits = dataclasses.replace(self._limits, total_seconds=allowed)
        display = self._run(_Task(plan, cells, resources, seed, limits, False, True))
        return Execution(scoring=scoring, display=display, has_hidden=True)

    def _run_past_deaths(self, task: _Task) -> RunLog:
        """Run a task for the score; a cell that ends the process is left out and the others are run again."""
        deadline = time.monotonic() + task.limits.total_seconds
        fatal: dict[int, CellRecord] = {}
        while True:
            cells = [None if index in fatal else cell for index, cell in enumerate(task.cells)]
            limits = dataclasses.replace(task.limits, total_seconds=max(1.0, deadline - time.monotonic()))
            log = self._run(dataclasses.replace(task, cells=cells, limits=limits))
            records = tuple(fatal.get(index, record) for index, record in enumerate(log.records))
            if log.ending != "died" or len(fatal) >= MAX_RESTARTS:
                return RunLog(records=records, ending=log.ending)
            index = max(index for index, record in enumerate(records) if record.outcome == "died")
            fatal[index] = records[index]

    def _run(self, task: _Task) -> RunLog:
        run = self._server.open_run(files=task.resources, limits=task.limits, seed=task.seed)
        try:
            return _Pass(run, task).go()
        finally:
            run.end()


class _Pass:
    """One run through the cells of a plan."""

    def __init__(self, run: Run, task: _Task) -> None:
        self._run = run
        self._task = task
        self._limits = task.limits
        self._deadline = time.monotonic() + task.limits.total_seconds
        self._ending: Ending = "finished"

    def go(self) -> RunLog:
        records = []
        for cell in self._task.cells:
            if cell is None or cell.cell_type != "code" or self._ending != "finished":
                records.append(NOT_RUN)
            else:
                records.append(self._cell(cell))
        return RunLog(records=tuple(records), ending=self._ending)

    def _cell(self, cell: PlannedCell) -> CellRecord:
        nonce = secrets.token_hex(16)
        request = {
            **_request(cell, self._task.plan.classes, hidden=self._task.hidden),
            "nonce": nonce,
            "show": self._task.show,
        }
        now = time.monotonic()
        limit = min(now + self._limits.cell_seconds, self._deadline)
        try:
            answer = self._run.ask(request, limit)
        except TimeoutError:
            return self._stop(nonce)
        except frames.FrameError:
            return self._died()
        if answer.get("nonce") != nonce:
            return self._died()
        return read_answer(answer)

    def _stop(self, nonce: str) -> CellRecord:
        """Interrupt a cell that took too long; end the run if it doesn't listen, or if the time for all is up."""
        late = CellRecord(outcome="timeout")
        if time.monotonic() >= self._deadline:
            self._ending = "timeout"
            return late
        self._run.interrupt()
        try:
            answer = self._run.listen(time.monotonic() + INTERRUPT_GRACE)
        except (TimeoutError, frames.FrameError):
            self._ending = "timeout"
            return late
        if answer.get("nonce") != nonce:
            self._ending = "timeout"  # something else than our runner answers: nothing after this counts
            return late
        return dataclasses.replace(read_answer(answer), outcome="timeout", credit=None)

    def _died(self) -> CellRecord:
        ending = self._run.end()
        if ending.status is None:  # nobody saw the process end: its fork server is gone, which is no fault of the cell
            raise SandboxFailed("the fork server ended while a submission ran")
        self._ending = "memory-limit" if ending.over == "memory" else "died"
        return CellRecord(outcome="died")


def is_quiet(source: str) -> bool:
    """Whether a cell ends in a semicolon, which keeps its last value from being shown (and so from giving points)."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    passed_over = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT)
    code = [token for token in tokens if token.type not in passed_over]
    return bool(code) and code[-1].string == ";"


def _request(cell: PlannedCell, classes: frozenset[str], *, hidden: bool) -> dict[str, Any]:
    source = cell.source if hidden else cell.visible
    if cell.role != "test":
        return {"kind": "cell", "source": source, "name": ""}
    # The instructor's magics become plain Python out here, past whatever the learner did to the shell.
    python = TransformerManager().transform_cell(source)
    return {
        "kind": "test",
        "source": python,
        "name": f"<{cell.grade_id}>",
        "classes": sorted(classes),
        "quiet": is_quiet(source),
    }
