"""`nbquest worker`: a grading worker, on this machine or on another one."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from nbquest import worker
from nbquest.settings import load_settings


def run_worker(
    *,
    slots: Annotated[
        int | None, typer.Option("--slots", min=1, max=64, help="Submissions graded at the same time.")
    ] = None,
    environments: Annotated[
        str | None,
        typer.Option(
            "--environments",
            help="What it grades: all that this machine has the packages for, or base and names that "
            "`nbquest environments list` shows, with commas between.",
        ),
    ] = None,
    heartbeat_seconds: Annotated[
        float, typer.Option("--heartbeat-seconds", min=0.1, help="How often it tells that it lives.")
    ] = worker.Pulse.heartbeat,
    stalled_seconds: Annotated[
        float,
        typer.Option(
            "--stalled-seconds",
            min=1,
            help="After so long a silence of a worker, its jobs are given to others. At least three times the "
            "heartbeat, and the same for all workers.",
        ),
    ] = worker.Pulse.stalled,
) -> None:
    """Grade submissions until told to stop. Any number of workers may run, on any number of machines.

    It needs the site's database (NBQUEST_DATABASE_URL) and its files (NBQUEST_FILES_URL, or the same folder).
    `nbquest serve` runs one already.
    """
    if stalled_seconds < 3 * heartbeat_seconds:
        raise typer.BadParameter("At least three times --heartbeat-seconds.", param_hint="--stalled-seconds")
    settings = load_settings()
    chosen = {"grading_workers": slots, "worker_environments": environments}
    settings = settings.model_copy(update={name: value for name, value in chosen.items() if value is not None})
    os.umask(0o077)
    worker.configure_logging()
    asyncio.run(worker.run_for_good(settings, worker.Pulse(heartbeat=heartbeat_seconds, stalled=stalled_seconds)))
