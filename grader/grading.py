"""Grades a submission: the library's front door."""

from __future__ import annotations

import functools
import importlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType

from grader.certificate import Certificate, Observed, Policy
from grader.engine import SharedEngine
from grader.errors import GraderError, InvalidSubmission, SandboxUnavailable
from grader.executed import executed_notebook, shown_outputs
from grader.execution import Execution
from grader.feedback import feedback_html, rejection_html
from grader.ingest import read_submission
from grader.instructor import scoring_details
from grader.kernel_engine import KernelEngine
from grader.languages import is_python
from grader.meanings import read_meanings
from grader.options import GraderOptions, Limits
from grader.repair import Plan, plan_run
from grader.report import Isolation, Report
from grader.sandbox.server import SandboxServer
from grader.scoring import overall, score_cells
from grader.separate_engine import SeparateEngine
from grader.source import SourceNotebook, load_source

__all__ = ["GradeOutcome", "GradeRequest", "Grader", "GraderOptions", "Limits", "SandboxUnavailable"]


@dataclass(frozen=True, kw_only=True)
class GradeRequest:
    """What to grade: the instructor's version (instantiated), a learner's notebook, and the files beside it.

    A source that was read before (as publishing stores it) spares reading it again. `certificate` is what publishing
    found out; `limits` replace the grader's own.
    """

    source: bytes | SourceNotebook
    submission: bytes
    resources: Mapping[str, bytes] = field(default_factory=dict)
    isolation: str = "auto"
    certificate: Certificate | None = None
    limits: Limits | None = None


@dataclass(frozen=True, kw_only=True)
class GradeOutcome:
    """The verdict and what the learner is given to read. Both files are None where no code was run.

    `details`, what hidden tests said, is for `grader.instructor` alone. `observed` tells, by grade_id, what the
    `separate` engine met in the test cells of a run without a certificate.
    """

    report: Report
    executed_notebook: bytes | None
    feedback_html: str | None
    details: bytes | None = None
    observed: Mapping[str, Observed] = field(default_factory=dict)


class Grader:
    """Keeps a warm fork server. `grade` blocks and may be called from several threads at once."""

    def __init__(self, options: GraderOptions) -> None:
        self.options = options
        self._server = SandboxServer(options)
        self._shared = SharedEngine(self._server)
        self._separate = SeparateEngine(self._server)
        self._kernel = KernelEngine(self._server)

    def __enter__(self) -> Grader:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the fork server and everything that it runs."""
        self._server.close()

    def grade(self, request: GradeRequest) -> GradeOutcome:
        """Return the verdict on `request`; bad work is a verdict, too.

        Raises SandboxUnavailable, SandboxFailed, SourceError, or GraderError where the engine can't do this.
        """
        began = time.monotonic()
        source = request.source if isinstance(request.source, SourceNotebook) else load_source(request.source)
        isolation = choose_isolation(request.isolation, request.certificate, source.kernel.language)
        title = source.title or "Feedback"
        try:
            submission = read_submission(request.submission)
        except InvalidSubmission as error:
            report = rejected(str(error), source.max_score, isolation, time.monotonic() - began)
            return GradeOutcome(report=report, executed_notebook=None, feedback_html=rejection_html(report, title))
        plan = plan_run(source, submission)
        execution = self._execute(plan, source, request, isolation)
        report = _report(plan, execution, source.max_score, isolation, time.monotonic() - began)
        passed = frozenset(cell.grade_id for cell in report.cells if cell.status == "passed")
        shown = shown_outputs(plan, execution.display.records, passed)
        return GradeOutcome(
            report=report,
            executed_notebook=executed_notebook(plan, shown),
            feedback_html=feedback_html(plan, shown, report, title),
            details=scoring_details(plan, execution),
            observed=execution.observed,
        )

    def _execute(self, plan: Plan, source: SourceNotebook, request: GradeRequest, isolation: Isolation) -> Execution:
        limits, certificate = request.limits or self.options.limits, request.certificate
        policy = certificate.policy if certificate else Policy()
        if certificate is None and source.kernel.is_python:
            policy = _policy_of(source)
        if isolation != "separate":
            seconds = certificate.seconds if certificate else None
            engine = self._kernel if isolation == "kernel" else self._shared
            meanings = read_meanings(policy)
            return engine.execute(plan, request.resources, limits, seconds=seconds, meanings=meanings)
        return self._separate.execute(plan, request.resources, limits, policy=policy, certificate=certificate)


@functools.lru_cache(maxsize=64)
def _policy_of(source: SourceNotebook) -> Policy:
    policy: Policy = importlib.import_module("grader.policy").read_policy(source)
    return policy


def choose_isolation(asked: str, certificate: Certificate | None = None, language: str = "python") -> Isolation:
    """Return the engine for `asked` and a notebook in `language`. Raises GraderError where there is none."""
    if asked == "kernel":
        return "kernel"
    if asked not in ("auto", "separate", "shared"):
        raise GraderError(f"unknown isolation {asked!r}; use 'auto', 'separate', 'shared' or 'kernel'")
    if not is_python(language):
        if asked != "auto":
            raise GraderError(f"isolation {asked!r} grades Python only; for {language} use 'auto' or 'kernel'")
        return "kernel"
    if asked == "auto":
        return certificate.engine if certificate else "shared"
    return "separate" if asked == "separate" else "shared"


def rejected(message: str, max_score: Decimal, isolation: Isolation, seconds: float) -> Report:
    """Return the report on a submission that can't be read; nothing of it was run."""
    return Report(
        status="rejected-invalid",
        isolation=isolation,
        score=Decimal(0),
        max_score=max_score,
        needs_manual=(),
        repairs=(),
        message=message,
        seconds=seconds,
        cells=(),
    )


def _report(plan: Plan, execution: Execution, max_score: Decimal, isolation: Isolation, seconds: float) -> Report:
    cells, warnings = score_cells(plan, execution)
    status, message = overall(plan, execution)
    return Report(
        status=status,
        isolation=isolation,
        score=sum((cell.score for cell in cells), Decimal(0)),
        max_score=max_score,
        needs_manual=tuple(cell.grade_id for cell in cells if cell.status == "manual"),
        repairs=plan.repairs,
        message=message,
        seconds=seconds,
        cells=cells,
        warnings=warnings,
    )
