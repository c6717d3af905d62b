"""The `separate` engine: the student's cells run in one confined process, the tests in another.

Both are forked by one fork server and joined by a socket pair, the link. The student's process serves calls; only what
the test process answers decides on points. A submission goes through two phases.

Display: the cells are run in order, of each test cell only what the learner was given. Before a test cell with a hidden
part the student's process forks a snapshot of itself, which waits (one for several tests, see `grader.schedule`). All
that the learner is shown is received here.

Scoring: only now is the test process told the hidden tests. Each test cell that has some runs whole against its
snapshot, and nothing that it prints is looked at. So what student code learns of hidden tests (their arguments) can't
reach anything that is shown.
"""

from __future__ import annotations

import dataclasses
import secrets
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any

from grader.certificate import Certificate, Observed, Policy
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
from grader.options import Limits
from grader.records import NOT_RUN, CellRecord, read_answer
from grader.repair import Plan, PlannedCell
from grader.sandbox.inside import frames
from grader.sandbox.server import Run, SandboxServer
from grader.schedule import Group, schedule

_TOLD = ("classes", "unsupported")


class SeparateEngine:
    """Runs plans in pairs of confined processes of one fork server."""

    def __init__(self, server: SandboxServer) -> None:
        self._server = server

    def execute(
        self,
        plan: Plan,
        resources: Mapping[str, bytes],
        limits: Limits,
        *,
        policy: Policy,
        certificate: Certificate | None,
    ) -> Execution:
        """Run `plan` with `resources` beside the notebook. Without a `certificate` nothing is inert, all is observed.

        A cell that ends the student's process is left out, and the others are run again. One that takes too much memory
        ends the run: what comes before it is run again, where hidden tests of it are yet to be met. A test that ends a
        snapshot which others have to meet, too, has all of it run again with a snapshot for each.
        """
        patience = Patience(limits, certificate.seconds if certificate else None)
        snapshots = sum(cell.has_hidden for cell in plan.cells)
        opening = _Opening(resources, limits, policy, certificate, snapshots)
        fatal: dict[int, CellRecord] = {}
        grouped, end = True, len(plan.cells)
        while True:
            steps = schedule(plan.cells, policy.forwarded, grouped=grouped)
            attempt = _Attempt(plan, patience, fatal, steps, end)
            ending = attempt.go(self._server, opening)
            if ending == "died" and len(fatal) < MAX_RESTARTS:
                fatal |= attempt.fatal()
            elif attempt.ended_at < end and attempt.has_unmet:
                end = attempt.ended_at
            elif grouped and attempt.lost_a_group:
                grouped, end = False, len(plan.cells)
            else:
                return attempt.execution(ending)


@dataclasses.dataclass(frozen=True)
class _Opening:
    """What the two processes of an attempt are begun with."""

    resources: Mapping[str, bytes]
    limits: Limits
    policy: Policy
    certificate: Certificate | None
    snapshots: int

    def begin(self, server: SandboxServer) -> tuple[Run, Run]:
        """Fork both; return the student's run and the test run, ready."""
        seed = secrets.randbelow(1 << 31)
        classes = None
        if self.certificate is not None:
            classes = {grade_id: list(labels) for grade_id, labels in self.certificate.classes.items()}
        near, far = socket.socketpair()
        with near, far:
            limits = dataclasses.replace(self.limits, processes=self.limits.processes + self.snapshots)
            student = server.start_run(files=self.resources, limits=limits, seed=seed, link=far)
            try:
                setup = {"policy": self.policy.to_json(), "classes": classes}
                tests = server.start_run(
                    files=self.resources, limits=self.limits, seed=seed, role="test", link=near, setup=setup
                )
                try:
                    return student.ready(), tests.ready()
                except BaseException:
                    tests.end()
                    raise
            except BaseException:
                student.end()
                raise


class _Attempt:
    """One way through the notebook."""

    def __init__(
        self,
        plan: Plan,
        patience: Patience,
        fatal: Mapping[int, CellRecord],
        steps: Sequence[int | Group],
        end: int,
    ) -> None:
        """`end`: how many cells are run; the next one took too much memory before."""
        self._plan = plan
        self._steps = steps
        self._end = self.ended_at = end
        self._begun = 0
        self.lost_a_group = False
        self._patience = patience
        self._fatal = fatal
        self._shown: list[CellRecord] = [NOT_RUN] * len(plan.cells)
        self._scored: dict[int, CellRecord] = {}
        self._observed: dict[str, Observed] = {}
        self._died_at: int | None = None

    def go(self, server: SandboxServer, opening: _Opening) -> Ending:
        """Run both phases; return how the display phase ended."""
        self._student, self._tests = opening.begin(server)
        in_order = False
        try:
            ending = self._display()
            if ending != "died" and self.ended_at == self._end:
                self._score()
            in_order = ending == "finished"
        finally:
            self._student.end(wait=not in_order)
            self._tests.end(wait=not in_order)
        return ending

    def fatal(self) -> dict[int, CellRecord]:
        """Return the record of the cell that ended the student's process."""
        index = self._died_at
        return {} if index is None else {index: self._shown[index]}

    @property
    def has_unmet(self) -> bool:
        """Whether a test passed as far as it is shown, and its hidden part was not run."""
        return any(map(self._is_unmet, range(len(self._shown))))

    def _is_unmet(self, index: int) -> bool:
        return self._is_wanted(index) and index not in self._scored

    def _is_wanted(self, index: int) -> bool:
        shown = self._shown[index]
        return self._plan.cells[index].has_hidden and shown.outcome == "passed" and not shown.stderr

    def execution(self, ending: Ending) -> Execution:
        """Return what came out. A hidden part that was not run gives nothing."""
        scored = tuple(
            NOT_RUN if self._is_unmet(index) else self._scored.get(index, record)
            for index, record in enumerate(self._shown)
        )
        return Execution(
            scoring=RunLog(records=scored, ending=ending),
            display=RunLog(records=tuple(self._shown), ending=ending),
            has_hidden=any(cell.has_hidden for cell in self._plan.cells),
            observed=self._observed,
        )

    def _display(self) -> Ending:
        for step in self._steps:
            hidden = True  # a group's first hidden part is yet to come
            for index in step.tests if isinstance(step, Group) else (step,):
                if self._begun >= self._end:
                    self._shown[index] = CellRecord(outcome="died")
                    return "memory-limit"
                self._begun += 1
                cell = self._plan.cells[index]
                if index in self._fatal:
                    self._shown[index] = self._fatal[index]
                    continue
                snapshot = hidden and cell.has_hidden
                hidden = hidden and not snapshot
                ending = self._show(index, cell, snapshot=snapshot)
                if ending != "finished":
                    return ending
        return "finished"

    def _show(self, index: int, cell: PlannedCell, *, snapshot: bool) -> Ending:
        run, request = self._student, _cell_request(cell)
        if cell.role == "test":
            run, request = self._tests, {**_test_request(cell, cell.visible, "display"), "snapshot": snapshot}
        try:
            self._shown[index] = self._ask(run, cell, request)
        except TimeoutError:
            self._shown[index] = CellRecord(outcome="timeout")
            return "timeout"
        except frames.FrameError:
            return self._gone(index)
        return "finished"

    def _gone(self, index: int) -> Ending:
        """Find out what ended a process."""
        endings = [run.end() for run in (self._student, self._tests)]
        if any(ending.status is None for ending in endings):
            raise SandboxFailed("the fork server ended while a submission ran")
        self._shown[index] = CellRecord(outcome="died")
        if any(ending.over == "memory" for ending in endings):
            self.ended_at = self._begun - 1
            return "memory-limit"
        self._died_at = index
        return "died"

    def _score(self) -> None:
        for step in self._steps:
            if isinstance(step, Group):
                self._score_group([index for index in step.tests if index not in self._fatal])

    def _score_group(self, tests: list[int]) -> None:
        """Run the tests of a group whole, from its first to its last hidden one, on the group's snapshot."""
        cells = self._plan.cells
        hidden = [index for index in tests if cells[index].has_hidden and self._shown[index].outcome != "not-run"]
        wanted = set(filter(self._is_wanted, hidden))
        if not wanted:
            return
        late = 0
        for index in tests[tests.index(hidden[0]) : tests.index(max(wanted)) + 1]:
            if self._shown[index].outcome in ("timeout", "died", "not-run"):
                continue
            record = self._score_one(cells[index], str(cells[hidden[0]].grade_id))
            if index in wanted:
                self._scored[index] = record  # what it said is for instructors alone: see grader.instructor
            late += record.outcome == "timeout"
            if (record.ended or late > 1) and index != max(wanted):
                self.lost_a_group = True

    def _score_one(self, cell: PlannedCell, first: str) -> CellRecord:
        if self._patience.over:
            return NOT_RUN
        try:
            return self._ask(self._tests, cell, {**_test_request(cell, cell.source, "scoring"), "group": first})
        except TimeoutError:
            return CellRecord(outcome="timeout", ended=True)
        except frames.FrameError:
            return CellRecord(outcome="died", ended=True)

    def _ask(self, run: Run, cell: PlannedCell, request: dict[str, Any]) -> CellRecord:
        """Return the record of a cell. Raises TimeoutError if it doesn't even stop when told to."""
        began = time.monotonic()
        nonce = request["nonce"] = secrets.token_hex(16)
        try:
            answer = run.ask(request, self._patience.deadline(cell))
        except TimeoutError:
            answer = {**self._stop(run, nonce), "status": "interrupted"}
        if answer.get("nonce") != nonce:
            raise frames.FrameError("an answer to another question")
        record = read_answer(answer)
        if run is self._tests:
            self._observe(str(cell.grade_id), answer, time.monotonic() - began)
            if record.outcome != "passed" and request["phase"] == "display":
                self._ping(time.monotonic() + INTERRUPT_GRACE)  # was it the end of the student's process?
        return record

    def _stop(self, run: Run, nonce: str) -> dict[str, Any]:
        """Interrupt a cell that took too long. Raises TimeoutError if that doesn't stop it."""
        self._patience.try_it()
        self._student.interrupt()
        if run is self._tests:
            self._tests.interrupt()
        deadline = time.monotonic() + INTERRUPT_GRACE
        answer = run.listen(deadline)
        if answer.get("nonce") != nonce:
            raise TimeoutError  # something else than our runner answers: nothing after this counts
        return answer

    def _ping(self, deadline: float) -> None:
        """See that the student's process listens. Raises TimeoutError or frames.FrameError."""
        nonce = secrets.token_hex(16)
        if self._student.ask({"kind": "ping", "nonce": nonce, "show": False}, deadline).get("nonce") != nonce:
            raise frames.FrameError("an answer to another question")

    def _observe(self, grade_id: str, answer: dict[str, Any], seconds: float) -> None:
        known = self._observed.get(grade_id, Observed())
        classes, unsupported = (tuple(map(str, answer.get(name) or ())) for name in _TOLD)
        self._observed[grade_id] = Observed(
            classes=tuple(sorted({*known.classes, *classes})),
            unsupported=tuple(dict.fromkeys([*known.unsupported, *unsupported])),
            seconds=known.seconds + seconds,
        )


def _cell_request(cell: PlannedCell) -> dict[str, Any]:
    return {"kind": "cell", "source": cell.source, "name": "", "show": True}


def _test_request(cell: PlannedCell, source: str, phase: str) -> dict[str, Any]:
    return {
        "kind": "test",
        "source": python_of(source),
        "name": f"<{cell.grade_id}>",
        "grade_id": cell.grade_id,
        "quiet": is_quiet(source),
        "phase": phase,
    }
