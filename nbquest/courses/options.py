"""How a site grades, as its settings say."""

from __future__ import annotations

from grader.grading import GraderOptions, Limits
from grader.sandbox import bubblewrap
from nbquest.settings import Settings


def grader_options(settings: Settings) -> GraderOptions:
    """Return the grader's options for this site."""
    return GraderOptions(
        python=settings.learner_environment / "bin" / "python",
        limits=Limits(
            cell_seconds=settings.grading_cell_seconds,
            total_seconds=settings.grading_total_seconds,
            memory_mb=settings.grading_memory_mb,
            disk_mb=settings.grading_disk_mb,
            processes=settings.grading_processes,
        ),
        # Allowed is not wanted: where a sandbox is to be had, it is used.
        insecure=settings.insecure and bubblewrap.probe() is not None,
    )
