"""`nbquest queue`: who grades, what waits, and what could not be graded."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from nbquest.cli.course import open_session
from nbquest.errors import InvalidInput
from nbquest.jobs.workers import Worker
from nbquest.settings import load_settings
from nbquest.submissions import api as submissions
from nbquest.submissions.operating import Lane, QueueOverview, SetAside

app = typer.Typer(help="The queue of what is to be graded.", no_args_is_help=True)


@app.command("show")
def show(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Show workers, what waits for them, and what was set aside because it could not be graded."""
    with open_session(load_settings()) as session:
        overview = submissions.describe_queue(session)
    if as_json:
        print(overview.model_dump_json())
        return
    # Messages and names are what somebody wrote, no markup.
    console = Console(markup=False, highlight=False)
    console.print(_workers(overview.workers) if overview.workers else "No worker runs: `nbquest worker` starts one.")
    console.print()
    console.print(_lanes(overview.lanes))
    if overview.oldest_seconds is not None:
        console.print(f"\nThe oldest has waited for {_duration(overview.oldest_seconds)}.")
    _print_set_aside(console, overview)


@app.command("retry")
def retry(
    chosen: Annotated[
        list[UUID] | None, typer.Argument(help="Submissions, as `nbquest queue show` lists them.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that could not be graded.")] = False,
) -> None:
    """Grade again what was set aside, once its cause is mended."""
    if bool(chosen) == everything:
        raise InvalidInput("Name the submissions to grade again, or say --all.")
    with open_session(load_settings()) as session:
        count = submissions.retry_set_aside(session, chosen or None)
    print(f"{count} put back into the queue." if count else "Nothing was set aside.")


def _workers(workers: list[Worker]) -> Table:
    table = _table("Worker", "Slots", "Environments", "Last seen")
    for worker in workers:
        name = f"{worker.host} {worker.process}"
        seen = f"{worker.seen_at:%Y-%m-%d %H:%M:%S} UTC" + (", lost" if worker.lost else "")
        table.add_row(name, str(worker.slots), ", ".join(sorted(map(_environment, worker.queues))), seen)
    return table


def _lanes(lanes: list[Lane]) -> Table:
    table = _table("Environment", "Waiting", "Running", "Workers", "Slots")
    for lane in lanes:
        workers = str(lane.workers) if lane.workers or not lane.waiting else "none: nobody grades this"
        table.add_row(lane.environment or "base", str(lane.waiting), str(lane.running), workers, str(lane.slots))
    return table


def _print_set_aside(console: Console, overview: QueueOverview) -> None:
    if not overview.set_aside_count:
        return
    console.print(f"\nCould not be graded: {overview.set_aside_count}. `nbquest queue retry` grades them again.\n")
    table = _table("Submission", "Who", "What", "Tries", "Why")
    for one in overview.set_aside:
        table.add_row(str(one.submission), one.person, _what(one), str(one.runs), one.message)
    console.print(table)


def _what(one: SetAside) -> str:
    return f"{one.course}/{one.assignment}"


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _environment(queue: str) -> str:
    return queue.partition("-")[2] or "base"


def _duration(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"
