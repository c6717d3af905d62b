"""`nbquest regrade`: tries corrected tests on what was handed in, shows what would change, applies or drops it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy import Engine

from nbquest.cli.course import open_engine, open_session
from nbquest.db.engine import session_scope
from nbquest.jobs.workers import list_workers
from nbquest.progress import regrades
from nbquest.settings import load_settings
from nbquest.submissions import api as submissions
from nbquest.submissions.regrade_rules import Attempts
from nbquest.submissions.regrade_views import PersonChange, Regrade, RegradeReport, SubmissionChange

app = typer.Typer(help="Try corrected tests on what was handed in before; apply or drop it.", no_args_is_help=True)

LOOK_SECONDS = 1.0
Course = Annotated[str, typer.Argument(help="The course's short name, as `nbquest course list` shows it.")]
Number = Annotated[int, typer.Argument(help="The regrade's number, as `nbquest regrade list` shows it.", min=1)]
OnlyGains = Annotated[
    bool, typer.Option("--only-gains", help="Nobody loses: who would keeps the grade that they have.")
]
OUTCOMES = {
    "better": "better",
    "worse": "worse",
    "same": "same",
    "left-out": "keeps its grade",
    "waiting": "waits",
    "could-not-grade": "could not be graded",
    "graded-meanwhile": "has this version's grade",
}


@app.command("start")
def start(
    course: Course,
    assignment: Annotated[str, typer.Argument(help="The assignment's short name.")],
    reason: Annotated[
        str, typer.Option("--reason", help="Why; learners whose points or XP change read it once it is applied.")
    ],
    attempts: Annotated[
        Attempts, typer.Option("--attempts", help="Which submissions of each person; all measures all alike.")
    ] = "all",
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until all is graded, then show what would change. The site must run.")
    ] = False,
) -> None:
    """Try an assignment's newest version on what an older one graded. Nothing changes before you apply it."""
    with open_engine(load_settings()) as engine:
        with session_scope(engine) as session:
            made = submissions.start_regrade(
                session, course=course, assignment=assignment, attempts=attempts, reason=reason
            )
            has_worker = bool(list_workers(session))
        count = _count(made.total, "submission")
        print(f"Regrade {made.id}: version {made.version} of {made.assignment} is tried on {count}.")
        if not has_worker:
            print("No worker runs at the moment; it goes on as soon as one does, with `nbquest serve` for example.")
        if not wait:
            print(f"See what would change with `nbquest regrade show {made.id}`. Nothing is changed yet.")
            return
        _wait_for(engine, made)
        with session_scope(engine) as session:
            _print_report(_whole_report(lambda cursor: regrades.report_regrade(session, None, made.id, cursor=cursor)))


@app.command("list")
def list_regrades(course: Course) -> None:
    """List the newest regrades of a course, a hundred at most."""
    with open_session(load_settings()) as session:
        found = submissions.list_regrades(session, course, limit=100).items
    if not found:
        print(f"There was no regrade in {course} yet.")
        return
    table = _table("Number", "Assignment", "Version", "State", "Submissions", "Begun", "Why")
    for one in found:
        state = "out of date" if one.stale else one.state
        total = f"{one.done} of {one.total}" if one.state == "running" else str(one.total)
        begun = f"{one.started_at:%Y-%m-%d %H:%M} UTC"
        table.add_row(str(one.id), one.assignment, str(one.version), state, total, begun, one.reason)
    _print_table(table)


@app.command("show")
def show(number: Number, only_gains: OnlyGains = False) -> None:
    """Show how far a regrade is, and who gains and loses what, cell by cell; those who lose come first."""
    with open_session(load_settings()) as session:
        report = _whole_report(
            lambda cursor: regrades.report_regrade(session, None, number, only_gains=only_gains, cursor=cursor)
        )
    _print_report(report)


@app.command("apply")
def apply(
    number: Number,
    only_gains: OnlyGains = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Let a regrade's grades count, and tell the learners whose points or XP change."""
    settings = load_settings()
    with open_engine(settings) as engine:
        if not yes:
            with session_scope(engine) as session:
                report = regrades.report_regrade(session, None, number, only_gains=only_gains, limit=1)
            if report.regrade.state == "ready" and not report.regrade.stale:
                typer.confirm(f"{_people(report)} Apply regrade {number}?", abort=True)
        with session_scope(engine) as session:
            applied = submissions.apply_regrade(session, None, number, only_gains=only_gains)
            report = regrades.report_regrade(session, None, number, limit=1)
    if applied:
        print(f"Regrade {number} is applied. {_people(report)}")
    else:
        print(f"Nothing was changed: regrade {number} was applied before. {report.regrade.message}")


@app.command("drop")
def drop(number: Number) -> None:
    """Forget what a regrade tried, also while it still grades. No grade changes."""
    with open_session(load_settings()) as session:
        dropped = submissions.drop_regrade(session, None, number)
    print(f"Regrade {number} is dropped; no grade changed." if dropped else f"Regrade {number} was dropped before.")


def _wait_for(engine: Engine, made: Regrade) -> None:
    """Return when the regrade no longer runs; Ctrl-C stops the waiting, not the regrade."""
    with _showing_progress(made) as tell:
        while made.state == "running":
            tell(made)
            time.sleep(LOOK_SECONDS)
            with session_scope(engine) as session:
                made = submissions.get_regrade(session, None, made.id)
        tell(made)


@contextmanager
def _showing_progress(made: Regrade) -> Iterator[Callable[[Regrade], None]]:
    """Yield what shows how far it is: in a terminal a bar, elsewhere a line whenever it went on."""
    console = Console(stderr=True)
    if not console.is_terminal:
        told: set[int] = set()

        def tell(now: Regrade) -> None:
            if now.done not in told:
                told.add(now.done)
                print(f"{now.done} of {now.total} graded", flush=True)

        yield tell
        return
    with Progress(TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), console=console) as progress:
        bar = progress.add_task("grading", total=made.total)
        yield lambda now: progress.update(bar, completed=now.done, total=now.total)


def _whole_report(read: Callable[[str | None], RegradeReport]) -> RegradeReport:
    """Return the report with all of its pages in one."""
    report = page = read(None)
    while page.next_cursor is not None:
        page = read(page.next_cursor)
        report = report.model_copy(update={"items": [*report.items, *page.items]})
    return report


def _print_report(report: RegradeReport) -> None:
    regrade, summary = report.regrade, report.summary
    print(f"Regrade {regrade.id} of {regrade.assignment} by version {regrade.version}: {regrade.message}")
    print(f"Why: {regrade.reason}")
    if regrade.state == "dropped":
        return
    print(_people(report))
    print(_submissions(report))
    if summary.missed:
        count = _count(summary.missed, "submission")
        print(f"Not in it, as it came by an older version or came to count afterwards: {count}.")
    table = _table("Who", "", "Points", "XP", "Submission", "Points", "Cells")
    for change in report.items:
        for place, one in enumerate(change.submissions):
            who = _person_columns(change) if place == 0 else ("", "", "", "")
            table.add_row(*who, f"{one.number}: {OUTCOMES[one.outcome]}", _points_of(one), _cells_of(one))
    if report.items:
        _print_table(table)


def _people(report: RegradeReport) -> str:
    summary = report.summary
    lose, gain = (_count(number, "person", "people") for number in (summary.people_lose, summary.people_gain))
    verbs = ["loses" if summary.people_lose == 1 else "lose", "gains" if summary.people_gain == 1 else "gain"]
    same = f"{summary.people_same} {'stays' if summary.people_same == 1 else 'stay'} as they are"
    return f"{lose} {verbs[0]}, {gain} {verbs[1]}, {same}."


def _submissions(report: RegradeReport) -> str:
    summary = report.summary
    parts = [f"{summary.better} better, {summary.worse} worse, {summary.same} the same"]
    for count, words in (
        (summary.left_out, "keep their grade so that nobody loses"),
        (summary.could_not_grade, "could not be graded, for which nothing changes"),
        (summary.graded_meanwhile, "graded by this version meanwhile"),
        (summary.waiting, "waiting"),
    ):
        if count:
            parts.append(f"{count} {words}")
    return f"Submissions: {', '.join(parts)}."


def _person_columns(change: PersonChange) -> tuple[str, str, str, str]:
    xp = change.xp_after - change.xp_before
    return change.person, change.effect, _from_to(change.counted_before, change.counted_after), f"{xp:+d}" if xp else ""


def _points_of(one: SubmissionChange) -> str:
    if one.outcome in {"waiting", "could-not-grade", "graded-meanwhile"}:
        return "" if one.message is None else one.message
    return _from_to(one.score_before, one.score_after)


def _cells_of(one: SubmissionChange) -> str:
    return "\n".join(f"{cell.grade_id} {_from_to(cell.score_before, cell.score_after)}" for cell in one.cells)


def _from_to(before: Decimal | None, after: Decimal | None) -> str:
    return _plain(after) if before == after else f"{_plain(before)} -> {_plain(after)}"


def _plain(points: Decimal | None) -> str:
    return "-" if points is None else f"{points.normalize() + 0:f}"


def _count(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _print_table(table: Table) -> None:
    # Names and reasons are what somebody typed, no markup.
    Console(markup=False, highlight=False).print(table)
