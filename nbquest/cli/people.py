"""`nbquest people`: who is what in which course, and in which group of it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from nbquest.cli.course import open_session
from nbquest.cli.extensions import print_lowered
from nbquest.identity import api as identity
from nbquest.settings import load_settings
from nbquest.submissions import api as submissions

app = typer.Typer(help="Give people their roles and groups in courses.", no_args_is_help=True)


@app.callback()
def people() -> None:
    """Give people their roles and groups in courses."""


@app.command("role")
def role(
    name: Annotated[str, typer.Argument(help="User name, as at sign-in.")],
    course: Annotated[str, typer.Argument(help="The course's short name, as `nbquest course list` shows it.")],
    role: Annotated[Literal["learner", "mentor", "instructor", "none"], typer.Argument(help="The role to give.")],
) -> None:
    """Give somebody a role in a course, or take it away (none)."""
    with open_session(load_settings()) as session:
        identity.set_course_role(session, name, course, None if role == "none" else role)
    print(f"{name} has no role of their own in {course} now." if role == "none" else f"{name} is {role} in {course}.")


@app.command("group")
def group(
    name: Annotated[str, typer.Argument(help="User name, as at sign-in.")],
    course: Annotated[str, typer.Argument(help="The course's short name, as `nbquest course list` shows it.")],
    group: Annotated[str, typer.Argument(help="The group's name; the first member makes it.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take them out of the group instead.")] = False,
) -> None:
    """Put somebody into a group of a course, which can be given extensions, or take them out."""
    with open_session(load_settings()) as session:
        identity.set_group_member(session, name, course, group, member=not remove)
        # What the group was given holds for what they handed in late before.
        lowered = 0 if remove else submissions.reconsider_penalties(session, course)
    print(f"{name} is {'no longer ' if remove else ''}in the group {group} of {course}.")
    print_lowered(lowered)
