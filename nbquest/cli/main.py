"""The `nbquest` command and its sub-commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from nbquest import __version__
from nbquest.cli import (
    course,
    doctor,
    environments,
    extensions,
    files,
    images,
    people,
    person,
    queue,
    reference,
    regrades,
    serve,
    similarity,
    worker,
)
from nbquest.errors import NbquestError

app = typer.Typer(
    name="nbquest",
    help="A self-hosted place to learn by doing, on Jupyter.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
course.app.command("extend")(extensions.extend)
course.app.command("extensions")(extensions.list_extensions)
course.app.command("withdraw")(extensions.withdraw)
course.app.command("similarity")(similarity.similarity)
app.add_typer(course.app, name="course")
app.add_typer(regrades.app, name="regrade")
app.add_typer(people.app, name="people")
app.add_typer(person.app, name="person")
app.add_typer(queue.app, name="queue")
app.add_typer(files.app, name="files")
app.add_typer(images.app, name="images")
app.add_typer(environments.app, name="environments")
app.command("serve")(serve.serve)
app.command("worker")(worker.run_worker)
app.command("doctor")(doctor.doctor)
app.command("reference")(reference.reference)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """A self-hosted place to learn by doing, on Jupyter."""


def main() -> None:
    """Run the command line; an error made on purpose is one clear message, never a traceback."""
    try:
        app()
    except NbquestError as error:
        print(f"nbquest: {error.message}", file=sys.stderr)
        sys.exit(1)
