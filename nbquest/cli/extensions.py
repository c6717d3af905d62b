"""`nbquest course extend` and its like: what people and groups are given beyond a course's policies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from nbquest.cli.course import open_session
from nbquest.courses import api as courses
from nbquest.courses.local_time import find_zone, to_utc
from nbquest.errors import InvalidInput
from nbquest.settings import load_settings
from nbquest.submissions import api as submissions
from nbquest.submissions.extensions import Extension, Grant


def extend(
    *,
    course: Annotated[str, typer.Argument(help="The course's short name, as `nbquest course list` shows it.")],
    assignment: Annotated[str, typer.Argument(help="The assignment's short name.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever looks at it later.")],
    person: Annotated[str | None, typer.Option("--person", help="User name of whom it is given to.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Or a group of the course.")] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            help='The later due date: "2027-03-10 23:59" in the course\'s time zone or with --zone, or with an offset '
            "at its end.",
        ),
    ] = None,
    late_until: Annotated[
        str | None, typer.Option("--late-until", help="How long late work is taken, written as --until.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", help="The zone of these times, such as Europe/Berlin. Unset: the course's.")
    ] = None,
    attempts: Annotated[int, typer.Option("--attempts", help="Submissions beyond what everybody has.")] = 0,
    minutes: Annotated[int, typer.Option("--minutes", help="Minutes beyond what everybody has in an exam.")] = 0,
    no_penalty: Annotated[bool, typer.Option("--no-penalty", help="Take nothing off for being late.")] = False,
) -> None:
    """Give a person or a group a later due date, more time for late work, no penalty, or more of what is limited."""
    with open_session(load_settings()) as session:
        zone = zone or courses.get_course(session, course).time_zone
        grant = Grant(
            person=person,
            group=group,
            due_at=None if until is None else read_until(until, zone),
            late_until=None if late_until is None else read_until(late_until, zone, option="--late-until"),
            extra_attempts=attempts,
            extra_minutes=minutes,
            waives_penalty=no_penalty,
            reason=reason,
        )
        made = submissions.extend(session, course, assignment, grant)
    print(f"Extension {made.id}: {_whom(made)} has {_given(made)} for {made.assignment}.")
    print_lowered(made.lowered)


def list_extensions(
    course: Annotated[str, typer.Argument(help="The course's short name, as `nbquest course list` shows it.")],
) -> None:
    """List the extensions that hold in a course."""
    with open_session(load_settings()) as session:
        found = submissions.list_extensions(session, course)
    if not found:
        print(f"Nobody has an extension in {course}.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("Number", "Assignment", "Whom", "What", "Why", "Given by"):
        table.add_column(title, overflow="fold")
    for one in found:
        table.add_row(str(one.id), one.assignment, _whom(one), _given(one), one.reason, one.granted_by or "")
    # Names and reasons are what somebody typed, no markup.
    Console(markup=False, highlight=False).print(table)


def withdraw(
    number: Annotated[int, typer.Argument(help="The extension's number, as `nbquest course extensions` shows it.")],
) -> None:
    """Withdraw an extension. What was handed in under it keeps what it has."""
    with open_session(load_settings()) as session:
        submissions.withdraw_extension(session, number)
    print(f"Extension {number} is withdrawn. What was handed in under it keeps what it has.")


def read_until(text: str, zone: str | None, *, option: str = "--until") -> datetime:
    """Return the moment that `text` means, local in `zone` where it has no offset. Raises InvalidInput."""
    known = None if zone is None else find_zone(zone)
    if zone is not None and known is None:
        raise InvalidInput(f"--zone: there is no time zone named {zone}; it needs a name such as Europe/Berlin.")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f'{option} needs a date and a time, as in "2027-03-10 23:59".') from None
    if moment.tzinfo is None and known is None:
        # The machine's own zone is most often UTC, and seldom what is meant.
        raise InvalidInput(
            f'Say which clock {option} is told by: with --zone Europe/Berlin, or as in "2027-03-10 23:59+01:00".'
        )
    try:
        return to_utc(moment, known)
    except ValueError as error:
        raise InvalidInput(f"{option}: {error}.") from None


def print_lowered(count: int) -> None:
    """Say how many late submissions cost less now, if any."""
    if count:
        print("1 late submission costs less now." if count == 1 else f"{count} late submissions cost less now.")


def _whom(given: Extension) -> str:
    return f"group {given.group}" if given.person is None else given.person


def _given(given: Extension) -> str:
    parts = []
    if given.due_at is not None:
        parts.append(f"until {given.due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    if given.late_until is not None:
        parts.append(f"for late work until {given.late_until.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    if given.waives_penalty:
        parts.append("no penalty for being late")
    if given.extra_attempts:
        parts.append(f"{given.extra_attempts} more {'submission' if given.extra_attempts == 1 else 'submissions'}")
    if given.extra_minutes:
        parts.append(f"{given.extra_minutes} more {'minute' if given.extra_minutes == 1 else 'minutes'}")
    return ", ".join(parts)
