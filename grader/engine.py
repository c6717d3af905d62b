"""The `shared` engine: a notebook's tests run in the process that runs the learner's code, as nbgrader runs them.

Where a notebook has hidden tests it is run twice, in two processes that know nothing of each other. The run for the
score holds the hidden tests, and nothing that it prints is ever looked at. The run for the learner to read holds only
what the learner was given anyway, so no trick can make it show a hidden test.
"""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.errors import SandboxFailed
from grader.execution import (
    INTERRUPT_GRACE,
    MAX_RESTARTS,
    Ending,
    Execution,
    Patience,
    RunLog,
    is_quiet,
    python_of,
)
from grader.meanings import Meanings
from grader.options import Limits
from grader.records import NOT_RUN, CellRecord, read_answer
from grader.repair import Plan, PlannedCell
from grader.sandbox.inside import frames
from grader.sandbox.server import Run, SandboxServer


@dataclass(frozen=True)
class Task:
    """One run to be done: which cells of the plan (None: left out), with or without hidden tests, shown or not."""

    plan: Plan
    cells: Sequence[PlannedCell | None]
    resources: Mapping[str, bytes]
    seed: int
    limits: Limits
    patience: Patience
    hidden: bool
    show: bool
    meanings: Meanings = field(default_factory=Meanings)


class SharedEngine:
    """Runs plans in confined processes of one fork server."""

    deaf: Ending = "timeout"
    """How a run ends that doesn't listen to an interrupt. After a death the other cells are run again."""

    def __init__(self, server: SandboxServer) -> None:
        self._server = server

    def execute(
        self,
        plan: Plan,
        resources: Mapping[str, bytes],
        limits: Limits,
        *,
        seconds: Mapping[str, float] | None = None,
        meanings: Meanings | None = None,
    ) -> Execution:
        """Run `plan` with `resources` beside the notebook.

        `seconds`: what tests take with the instructor's answers; `meanings`: what names mean to the instructor.
        """
        meant = meanings or Meanings()
        seed = secrets.randbelow(1 << 31)
        has_hidden = any(cell.has_hidden for cell in plan.cells)
        began = time.monotonic()
        patience = Patience(limits, seconds)
        scoring = self._run_past_deaths(
            Task(plan, plan.cells, resources, seed, limits, patience, hidden=True, show=not has_hidden, meanings=meant)
        )
        if not has_hidden:
            return Execution(scoring=scoring, display=scoring, has_hidden=False)
        # What ended that run, or ran into its limit, would do so again: it is left out.
        pairs = zip(plan.cells, scoring.records, strict=True)
        cells = [None if record.outcome in ("died", "not-run", "timeout") else cell for cell, record in pairs]
        allowed = min(limits.total_seconds, 3 * (time.monotonic() - began) + 5)
        patience = Patience(dataclasses.replace(limits, total_seconds=allowed), seconds)
        display = self._run(
            Task(plan, cells, resources, seed, limits, patience, hidden=False, show=True, meanings=meant)
        )
        return Execution(scoring=scoring, display=_with_timeouts(display, scoring), has_hidden=True)

    def _run_past_deaths(self, task: Task) -> RunLog:
        """Run a task for the score; a cell that ends the process is left out and the others are run again."""
        fatal: dict[int, CellRecord] = {}
        while True:
            cells = [None if index in fatal else cell for index, cell in enumerate(task.cells)]
            log = self._run(dataclasses.replace(task, cells=cells))
            records = tuple(fatal.get(index, record) for index, record in enumerate(log.records))
            if log.ending != "died" or len(fatal) >= MAX_RESTARTS:
                return RunLog(records=records, ending=log.ending)
            index = max(index for index, record in enumerate(log.records) if record.outcome != "not-run")
            fatal[index] = records[index]

    def _run(self, task: Task) -> RunLog:
        run = self._open(task)
        try:
            return Pass(run, task, self._request, self.deaf).go()
        finally:
            run.end()

    def _open(self, task: Task) -> Run:
        return self._server.open_run(files=task.resources, limits=task.limits, seed=task.seed)

    def _request(self, cell: PlannedCell, task: Task) -> dict[str, Any]:
        source = cell.source if task.hidden else cell.visible
        if cell.role != "test":
            return {"kind": "cell", "source": source, "name": "", "meanings": task.meanings.to_json()}
        # The instructor's magics become plain Python out here, past whatever the learner did to the shell.
        return {
            "kind": "test",
            "source": python_of(source),
            "name": f"<{cell.grade_id}>",
            "classes": sorted(task.plan.classes),
            "quiet": is_quiet(source),
            "meanings": task.meanings.to_json(),
        }


class Pass:
    """One run through the cells of a plan. `make_request` says what the run is asked about a cell."""

    def __init__(
        self, run: Run, task: Task, make_request: Callable[[PlannedCell, Task], dict[str, Any]], deaf: Ending
    ) -> None:
        self._run = run
        self._task = task
        self._make_request = make_request
        self._deaf = deaf
        self._patience = task.patience
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
        request = {**self._make_request(cell, self._task), "nonce": nonce, "show": self._task.show}
        try:
            answer = self._run.ask(request, self._patience.deadline(cell))
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
        self._patience.try_it()
        if self._patience.over:
            self._ending = "timeout"
            return late
        self._run.interrupt()
        try:
            answer = self._run.listen(time.monotonic() + INTERRUPT_GRACE)
        except (TimeoutError, frames.FrameError):
            self._ending = self._deaf
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


def _with_timeouts(display: RunLog, scoring: RunLog) -> RunLog:
    pairs = zip(display.records, scoring.records, strict=True)
    late = CellRecord(outcome="timeout")
    return dataclasses.replace(
        display, records=tuple(late if scored.outcome == "timeout" else shown for shown, scored in pairs)
    )
