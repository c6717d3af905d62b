"""The `shared` engine: a notebook's tests run in the process that runs the learner's code, as nbgrader runs them.

Where a notebook has hidden tests it is run twice, in two processes that know nothing of each other. The run for the
score holds the hidden tests, and nothing that it prints is ever looked at. The run for the learner to read holds only
what the learner was given anyway, so no trick can make it show a hidden test.
"""

from __future__ import annotations

import dataclasses
import secrets
import time
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
        scoring = self._run_past_deaths(plan.cells, resources, seed=seed, show=not has_hidden)
        if not has_hidden:
            return Execution(scoring=scoring, display=scoring, has_hidden=False)
        # What ended that run would end this one, too: it leaves out the same cells.
        pairs = zip(plan.cells, scoring.records, strict=True)
        fatal = ("died", "not-run") if scoring.ending == "finished" else ("died", "not-run", "timeout")
        cells = [None if record.outcome in fatal else cell for cell, record in pairs]
        allowed = min(self._limits.total_seconds, 3 * (time.monotonic() - began) + 5)
        limits = dataclasses.replace(self._limits, total_seconds=allowed)
        display = self._run(cells, resources, seed=seed, hidden=False, show=True, limits=limits)
        return Execution(scoring=scoring, display=display, has_hidden=True)

    def _run_past_deaths(
        self, cells: Sequence[PlannedCell], resources: Mapping[str, bytes], *, seed: int, show: bool
    ) -> RunLog:
        """Run `cells` for the score; a cell that ends the process is left out and the others are run again."""
        deadline = time.monotonic() + self._limits.total_seconds
        fatal: dict[int, CellRecord] = {}
        while True:
            left: list[PlannedCell | None] = [None if index in fatal else cell for index, cell in enumerate(cells)]
            limits = dataclasses.replace(self._limits, total_seconds=max(1.0, deadline - time.monotonic()))
            log = self._run(left, resources, seed=seed, hidden=True, show=show, limits=limits)
            records = [fatal.get(index, record) for index, record in enumerate(log.records)]
            log = RunLog(records=tuple(records), ending=log.ending)
            if log.ending != "died" or len(fatal) >= MAX_RESTARTS:
                return log
            index = max(index for index, record in enumerate(log.records) if record.outcome == "died")
            fatal[index] = log.records[index]

    def _run(
        self,
        cells: Sequence[PlannedCell | None],
        resources: Mapping[str, bytes],
        *,
        seed: int,
        hidden: bool,
        show: bool,
        limits: Limits,
    ) -> RunLog:
        run = self._server.open_run(files=resources, limits=limits, seed=seed)
        try:
            return _Pass(run, limits, hidden=hidden, show=show).go(cells)
        finally:
            run.end()


class _Pass:
    """One run through the cells of a plan."""

    def __init__(self, run: Run, limits: Limits, *, hidden: bool, show: bool) -> None:
        self._run = run
        self._limits = limits
        self._hidden = hidden
        self._show = show
        self._deadline = time.monotonic() + limits.total_seconds
        self._ending: Ending = "finished"

    def go(self, cells: Sequence[PlannedCell | None]) -> RunLog:
        records = []
        for cell in cells:
            if cell is None or cell.cell_type != "code" or self._ending != "finished":
                records.append(NOT_RUN)
            else:
                records.append(self._cell(cell))
        return RunLog(records=tuple(records), ending=self._ending)

    def _cell(self, cell: PlannedCell) -> CellRecord:
        nonce = secrets.token_hex(16)
        request = {**_request(cell, hidden=self._hidden), "nonce": nonce, "show": self._show}
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
            self._ending = "died"
        return dataclasses.replace(read_answer(answer), outcome="timeout", credit=None)

    def _died(self) -> CellRecord:
        ending = self._run.end()
        if not ending.done.is_set():
            raise SandboxFailed("the sandbox doesn't answer")
        self._ending = "memory-limit" if ending.over == "memory" else "died"
        return CellRecord(outcome="died")


def _request(cell: PlannedCell, *, hidden: bool) -> dict[str, Any]:
    source = cell.source if hidden else cell.visible
    if cell.role != "test":
        return {"kind": "cell", "source": source, "name": ""}
    # The instructor's magics become plain Python out here, past whatever the learner did to the shell.
    return {"kind": "test", "source": TransformerManager().transform_cell(source), "name": f"<{cell.grade_id}>"}
