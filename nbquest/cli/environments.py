"""`nbquest environments`: the packages that courses bring, as they are installed on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from nbquest.cli.course import open_session
from nbquest.cli.image_layers import add_environments
from nbquest.courses import api as courses
from nbquest.courses.views import CourseEnvironment
from nbquest.environments.requirements import AskedPackages
from nbquest.environments.store import open_environments
from nbquest.settings import Settings, load_settings

app = typer.Typer(help="Packages that courses bring, as they are installed on this machine.", no_args_is_help=True)


@app.command("list")
def list_environments() -> None:
    """List the environments that courses use, and those that lie here without being used."""
    settings = load_settings()
    store = open_environments(settings)
    with open_session(settings) as session:
        used = courses.list_environments(session)
    built = {environment.digest: environment for environment in store.list_built()}
    table = Table(box=None, pad_edge=False)
    for title in ("Environment", "Courses", "Packages", "Size", "State"):
        table.add_column(title, overflow="fold")
    for known in used:
        place = built.pop(known.digest, None)
        size = "" if place is None else _size(place.folder)
        state = "installed" if place is not None else "missing: nbquest environments build"
        packages = ", ".join(line.partition(" ")[0] for line in known.requirements.splitlines())
        table.add_row(known.digest[:16], ", ".join(known.courses), packages, size, state)
    for left in built.values():
        table.add_row(left.digest[:16], "", ", ".join(left.names), _size(left.folder), "not used by a newest version")
    Console().print(table)


@app.command("build")
def build() -> None:
    """Install what courses use and is missing here: after a move to another machine, say. Takes the same versions."""
    settings = load_settings()
    with open_session(settings) as session:
        used = courses.list_environments(session)
    made = build_missing(settings, used)
    print(f"{made} installed." if made else "Nothing is missing.")


@app.command("prune")
def prune() -> None:
    """Remove environments that no assignment's newest version uses, and what was left half made.

    Learners who work on an older version lose its kernel.
    """
    settings = load_settings()
    with open_session(settings) as session:
        used = [known.digest for known in courses.list_environments(session)]
    removed = open_environments(settings).prune(used)
    for name in removed:
        print(f"{name} is removed.")
    if not removed:
        print("Nothing to remove.")


def build_missing(settings: Settings, used: Sequence[CourseEnvironment]) -> int:
    """Build what is `used` and missing; return how many were. Raises EnvironmentBuildFailed, ImageBuildFailed."""
    store = open_environments(settings)
    places, made = [], 0
    for known in used:
        place = store.find(known.digest)
        if place is None and known.python != store.python:
            print(f"{', '.join(known.courses)}: packages for Python {known.python}; publish again for {store.python}.")
            continue
        if place is None:
            print(f"Installing the packages of {', '.join(known.courses)}", flush=True)
            asked = AskedPackages.from_text(known.asked)
            place = store.build(asked, known.requirements, lambda line: print(f"  {line}", flush=True))
            made += 1
        places.append(place)
    add_environments(settings, store, places)
    return made


def _size(folder: Path) -> str:
    size = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{size / 1_000_000:.0f} MB"
