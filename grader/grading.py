"""Grades a submission: the library's front door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

from grader.errors import SandboxUnavailable
from grader.options import GraderOptions, Limits
from grader.report import Report

__all__ = ["GradeOutcome", "GradeRequest", "Grader", "GraderOptions", "Limits", "SandboxUnavailable"]


@dataclass(frozen=True, kw_only=True)
class GradeRequest:
    """What to grade: the instructor's version (instantiated), a learner's notebook, and the files beside it."""

    source: bytes
    submission: bytes
    resources: Mapping[str, bytes] = field(default_factory=dict)
    isolation: str = "auto"


@dataclass(frozen=True, kw_only=True)
class GradeOutcome:
    """The verdict and what the learner is given to read. Both files are None where no code was run."""

    report: Report
    executed_notebook: bytes | None
    feedback_html: str | None


class Grader:
    """Keeps a warm fork server. `grade` blocks and may be called from several threads at once."""

    def __init__(self, options: GraderOptions) -> None:
        self.options = options

    def __enter__(self) -> Grader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the fork server and everything that it runs."""

    def grade(self, request: GradeRequest) -> GradeOutcome:
        """Return the verdict on `request`. Raises SandboxUnavailable, SandboxFailed or SourceError; never for bad work."""
        raise NotImplementedError
