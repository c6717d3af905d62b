"""Certifies a notebook: grades the instructor's own and wrong answers in two engines and compares.

Where tests in a process of their own give the same points as in the learner's process, the notebook is graded that way
(`separate`); where not, its tests run beside the learner's code (`shared`), and the instructor is told which test needs
that and why. On the way it finds tests that judge nothing, answers that miss their own points, and the like.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from grader.certificate import Certificate, Observed, Policy, Reason
from grader.certify_rules import (
    Trial,
    TrialKind,
    explain_differences,
    find_differences,
    imported_modules,
    list_warnings,
    shorten,
    with_companions,
)
from grader.errors import SandboxFailed
from grader.grading import GradeOutcome, Grader, GradeRequest
from grader.mutants import Mutant, make_mutants
from grader.options import Limits
from grader.policy import read_policy
from grader.report import Isolation, Report
from grader.source import SourceNotebook, load_source

BUDGET_SECONDS = 120.0
LEAST_MUTANTS = 2
"""How many wrong answers are tried even when the time is up: right and empty ones alone prove little."""

_FIND_MODULES = """
import importlib.util, json
found = []
for name in {names!r}:
    try:
        if importlib.util.find_spec(name) is not None:
            found.append(name)
    except Exception:
        pass
print(json.dumps(found))
"""


@dataclass(frozen=True, kw_only=True)
class Step:
    """How far certifying is: what is graded now, how many sets of answers were, and how many there are."""

    text: str
    done: int
    total: int


Progress = Callable[[Step], None]


def certify(
    source: bytes,
    resources: Mapping[str, bytes],
    grader: Grader,
    *,
    limits: Limits | None = None,
    budget_seconds: float = BUDGET_SECONDS,
    progress: Progress | None = None,
) -> Certificate:
    """Return the certificate of the instructor's notebook `source` (instantiated), with `resources` beside it.

    It stops trying wrong answers after `budget_seconds` and says so. Raises SourceError, SandboxUnavailable or
    SandboxFailed.
    """
    allowed = limits or grader.options.limits
    with ThreadPoolExecutor(2) as pool:
        bench = _Bench(load_source(source), resources, grader, allowed, pool=pool, progress=progress)
        return bench.certify(time.monotonic() + budget_seconds)


def answer_notebook(source: SourceNotebook, answers: Mapping[str, str] | None) -> bytes:
    """Return a submission: the instructor's own answers but for `answers` (by grade_id); None: nothing filled in."""
    cells: list[dict[str, Any]] = []
    for cell in source.cells:
        text = cell.visible
        if answers is not None and cell.role in ("solution", "manual", "plain"):
            text = answers.get(str(cell.grade_id), cell.source)
        marks = {} if cell.grade_id is None else {"nbgrader": {"grade_id": cell.grade_id}}
        made = {"cell_type": cell.cell_type, "metadata": marks, "source": text}
        cells.append(made | ({"outputs": [], "execution_count": None} if cell.cell_type == "code" else {}))
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()


class _Bench:
    """Grades answers to one notebook."""

    def __init__(
        self,
        source: SourceNotebook,
        resources: Mapping[str, bytes],
        grader: Grader,
        limits: Limits,
        *,
        pool: ThreadPoolExecutor,
        progress: Progress | None,
    ) -> None:
        self._source = source
        self._resources = resources
        self._grader = grader
        self._limits = limits
        self._pool = pool
        self._progress = progress
        self._near: Isolation = "shared" if source.kernel.is_python else "kernel"
        self._mutants = make_mutants(source) if source.kernel.is_python else ()
        self._trials: list[Trial] = []
        self._observed: Mapping[str, Observed] = {}

    def certify(self, deadline: float) -> Certificate:
        """Try all answers, wrong ones until `deadline` (monotonic); return what came of it."""
        draft = self._draft()
        self._tell("your own answers")
        draft, strays = self._try_own(draft)
        self._tell("an empty notebook")
        self._try("blank", answer_notebook(self._source, None), draft, self._limits)
        if self._reasons():  # nothing more to be learnt in `separate`, but wrong answers still tell about the tests
            draft = replace(draft, engine=self._near)
        untried = self._try_mutants(draft, deadline)
        reasons = draft.reasons or self._reasons()
        warnings = list_warnings(self._source, self._trials, self._observed, cell_seconds=self._limits.cell_seconds)
        return replace(
            draft,
            engine=self._near if reasons else draft.engine,
            reasons=reasons,
            warnings=(*strays, *warnings, *untried),
            tried=len(self._trials) - 2,
        )

    def _draft(self) -> Certificate:
        """Return what reading the notebook tells."""
        if self._near == "kernel":
            return Certificate(engine="kernel", policy=Policy())
        policy = read_policy(self._source)
        return Certificate(
            engine="shared" if policy.unsupported else "separate",
            policy=policy,
            reasons=policy.unsupported,
            preload=self._find_modules(),
        )

    def _try_own(self, draft: Certificate) -> tuple[Certificate, tuple[Reason, ...]]:
        """Grade the instructor's answers several times; return the draft with what was met, and errors on the way."""
        own = answer_notebook(self._source, {})
        first = self._grade(own, self._near, draft, self._limits)  # and once more below, to see what chance does
        if draft.engine == "separate":
            met = self._grade(own, "separate", None, self._limits)
            self._observed = met.observed
            draft = replace(
                draft,
                classes={grade_id: seen.classes for grade_id, seen in met.observed.items()},
                seconds={grade_id: round(seen.seconds, 4) for grade_id, seen in met.observed.items()},
            )
        trial = self._try("own", own, draft, self._limits)
        unsteady = trial.unsteady | set(find_differences(first.report, trial.shared))
        shared = self._explain(trial.shared, own, draft, self._limits)
        self._trials[-1] = replace(trial, shared=shared, unsteady=unsteady)
        return draft, tuple(_stray_errors(self._source, first.executed_notebook))

    def _try_mutants(self, draft: Certificate, deadline: float) -> tuple[Reason, ...]:
        """Grade wrong answers in time; return a warning where there was no time for all of them."""
        # An endless loop should cost little more than right answers take.
        own = self._trials[0].shared.seconds
        limits = replace(
            self._limits,
            cell_seconds=min(self._limits.cell_seconds, max(2.0, 2 * own)),
            total_seconds=min(self._limits.total_seconds, max(10.0, 4 * own)),
        )
        for number, mutant in enumerate(self._mutants):
            if number >= LEAST_MUTANTS and time.monotonic() >= deadline:
                text = f"Trying wrong answers took too long: {number} of {len(self._mutants)} were tried."
                return (Reason(text=text),)
            self._tell(f"wrong answers, {number + 1} of {len(self._mutants)}")
            self._try("mutant", answer_notebook(self._source, mutant.answers), draft, limits, mutant)
        return ()

    def _try(
        self, kind: TrialKind, answers: bytes, draft: Certificate, limits: Limits, mutant: Mutant | None = None
    ) -> Trial:
        """Grade `answers` in the engines in question and keep the trial.

        A difference is looked at twice, the second time with all the time that learners have: on a busy machine an
        answer in one engine may have been stopped where the other just made it.
        """
        shared, separate = self._grade_both(answers, draft, limits)
        unsteady: frozenset[str] = frozenset()
        if separate is not None and (differences := frozenset(find_differences(shared, separate))):
            again, other = self._grade_both(answers, draft, self._limits)
            unsteady = differences.difference(find_differences(again, other or again))
            separate = self._explain(separate, answers, draft, limits)
        trial = Trial(kind=kind, shared=shared, separate=separate, mutant=mutant, unsteady=unsteady)
        self._trials.append(trial)
        return trial

    def _explain(self, report: Report, answers: bytes, draft: Certificate, limits: Limits) -> Report:
        """Return `report` with what hidden tests really said: it is for their author."""
        silent = [cell for cell in report.cells if cell.status not in ("passed", "manual")]
        if not any(self._source.labelled[cell.grade_id].has_hidden for cell in silent):
            return report
        cells = (replace(cell, visible=cell.source) if cell.role == "test" else cell for cell in self._source.cells)
        source = replace(self._source, cells=tuple(cells))
        told = self._grade(answers, report.isolation, draft, limits, source).report
        said = {cell.grade_id: cell.message for cell in told.cells}
        return replace(report, cells=tuple(replace(cell, message=said[cell.grade_id]) for cell in report.cells))

    def _grade_both(self, answers: bytes, draft: Certificate, limits: Limits) -> tuple[Report, Report | None]:
        if draft.engine != "separate":
            return self._grade(answers, self._near, draft, limits).report, None
        near = self._pool.submit(self._grade, answers, self._near, draft, limits)
        separate = self._grade(answers, "separate", draft, limits).report
        return near.result().report, separate

    def _grade(
        self,
        answers: bytes,
        isolation: Isolation,
        certificate: Certificate | None,
        limits: Limits,
        source: SourceNotebook | None = None,
    ) -> GradeOutcome:
        request = GradeRequest(
            source=source or self._source,
            submission=answers,
            resources=self._resources,
            isolation=isolation,
            certificate=certificate,
            limits=limits,
        )
        try:
            return self._grader.grade(request)
        except SandboxFailed:  # this says nothing about the answers, and one such mishap in a hundred runs is no sign
            return self._grader.grade(request)

    def _reasons(self) -> tuple[Reason, ...]:
        return explain_differences(self._trials, self._observed)

    def _find_modules(self) -> tuple[str, ...]:
        """Return the modules that the notebook imports and that its environment has, with their usual companions."""
        names = with_companions(imported_modules(self._source, self._resources))
        if not names:
            return ()
        probe = SourceNotebook(cells=(), title="")
        cell = {"cell_type": "code", "metadata": {}, "source": _FIND_MODULES.format(names=names)}
        submission = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}).encode()
        outcome = self._grader.grade(GradeRequest(source=probe, submission=submission, isolation="shared"))
        return tuple(json.loads(_printed(outcome.executed_notebook)))

    def _tell(self, text: str) -> None:
        if self._progress is not None:
            self._progress(Step(text=text, done=len(self._trials), total=2 + len(self._mutants)))


def _printed(executed: bytes | None) -> str:
    """Return what the only cell printed, an empty list where it came to nothing."""
    outputs = json.loads(executed)["cells"][0]["outputs"] if executed is not None else []
    return "".join(output["text"] for output in outputs if output.get("name") == "stdout") or "[]"


def _stray_errors(source: SourceNotebook, executed: bytes | None) -> Iterator[Reason]:
    """Yield the errors of the instructor's cells that are no tests; those without a name are told together."""
    cells = json.loads(executed)["cells"] if executed is not None else []
    unnamed = []
    pairs = zip(source.cells, cells, strict=True) if len(cells) == len(source.cells) else ()
    for number, (cell, ran) in enumerate(pairs, start=1):
        errors = [output for output in ran.get("outputs", []) if output["output_type"] == "error"]
        if cell.role == "test" or not errors:
            continue
        if cell.grade_id is None:
            unnamed.append(str(number))
        else:
            text = f"{errors[0]['ename']}: {errors[0]['evalue']}"
            yield Reason(text=f"Your own notebook ends in an error here: {shorten(text)}", grade_id=cell.grade_id)
    if unnamed:
        which = f"Cell {unnamed[0]} of your own notebook ends" if len(unnamed) == 1 else f"Cells {_list(unnamed)} end"
        yield Reason(text=f"{which} in an error, counted from 1. If that is meant to be, all is well.")


def _list(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
