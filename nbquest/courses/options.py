"""How a site grades, as its settings say."""

from __future__ import annotations

from grader.grading import GraderOptions, Limits
from grader.sandbox import bubblewrap
from nbquest.courses.limits import ceiling
from nbquest.settings import Settings


def grader_options(settings: Settings) -> GraderOptions:
    """Return the grader's options for this site."""
    return GraderOptions(
        python=settings.learner_environment / "bin" / "python",
        limits=usual_limits(settings),
        # Allowed is not wanted: where a sandbox is to be had, it is used.
        insecure=settings.insecure and bubblewrap.probe() is not None,
    )


def usual_limits(settings: Settings) -> Limits:
    """Return the limits of an assignment that asks for none."""
    return Limits(
        cell_seconds=settings.grading_cell_seconds,
        total_seconds=settings.grading_total_seconds,
        memory_mb=settings.grading_memory_mb,
        output_kb=settings.grading_output_kb,
        disk_mb=settings.grading_disk_mb,
        processes=settings.grading_processes,
    )


def highest_limits(settings: Settings) -> Limits:
    """Return the most that a course may ask for; what every course gets anyway is never more than that."""
    most = Limits(
        cell_seconds=settings.grading_max_cell_seconds,
        total_seconds=settings.grading_max_total_seconds,
        memory_mb=settings.grading_max_memory_mb,
        output_kb=settings.grading_max_output_kb,
        disk_mb=settings.grading_max_disk_mb,
        processes=settings.grading_max_processes,
    )
    return ceiling(usual_limits(settings), most)
