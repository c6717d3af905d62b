"""`nbquest people`: who is what in which course."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from nbquest.cli.course import open_session
from nbquest.identity import api as identity
from nbquest.settings import load_settings

app = typer.Typer(help="Give people their roles in courses.", no_args_is_help=True)


@app.callback()
def people() -> None:
    """Give people their roles in courses."""


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
