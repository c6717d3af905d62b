"""What can go wrong in the grader.

GraderError
├── SandboxUnavailable   student code can't be contained here, so nothing is run
├── SandboxFailed        the sandbox broke while grading; trying again may help
├── KernelMissing        the environment lacks the kernel that the notebook names
├── SourceError          the instructor's notebook can't be used
└── InvalidSubmission    the submission can't be read; becomes a verdict, never leaves `Grader.grade`
"""

from __future__ import annotations


class GraderError(Exception):
    """The grader can't do what it was asked."""


class SandboxUnavailable(GraderError):
    """This machine can't contain student code, so nothing is run."""


class SandboxFailed(GraderError):
    """The sandbox broke while grading; this says nothing about the submission."""


class KernelMissing(GraderError):
    """The environment lacks the kernel that the notebook names."""


class SourceError(GraderError):
    """The instructor's notebook can't be used; `cell` is the grade_id or position of the cell to look at."""

    def __init__(self, message: str, cell: str | None = None) -> None:
        super().__init__(f"cell {cell}: {message}" if cell else message)
        self.message = message
        self.cell = cell


class InvalidSubmission(GraderError):
    """The submission can't be read as a notebook; the message is for the learner."""
