"""`nbquest person`: hands out all that is kept of somebody, or erases it."""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from nbquest import personal
from nbquest.cli.course import open_session
from nbquest.errors import Conflict, InvalidInput
from nbquest.files.store import open_blob_store
from nbquest.identity import api as identity
from nbquest.settings import load_settings

app = typer.Typer(help="Hand out or erase all that is kept of one person.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="User name, as at sign-in.")]


class ExportTargetTaken(Conflict):
    """The place for the export is taken; name one that isn't there yet."""

    code = "export-target-taken"


class UnusablePath(InvalidInput):
    """A stored file's path leads out of the export."""

    code = "unusable-path"


@app.callback()
def person() -> None:
    """Hand out or erase all that is kept of one person."""


@app.command("export")
def export(
    name: Name,
    to: Annotated[Path, typer.Option("--to", help="New folder, or new file whose name ends in .zip.")],
) -> None:
    """Write all that is kept of somebody: data.json, the notebooks they handed in, the feedback they got."""
    settings = load_settings()
    with open_session(settings) as session:
        identity.get_person_id(session, name)
        with writing_to(to) as write:
            exported = personal.export_person(session, open_blob_store(settings), name, write)
    print(f"{sum(exported.rows.values())} rows and {len(exported.files)} files of {name} written to {to}.")
    for path in exported.unreadable:
        print(f"  lost or damaged: {path}")


@app.command("erase")
def erase(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Erase all that is kept of somebody, for good. Their stored files go with the next `nbquest files collect`."""
    settings = load_settings()
    with open_session(settings) as session:
        identity.get_person_id(session, name)
    if not yes:
        typer.confirm(f"Erase all submissions, grades, XP and notices of {name}? This can't be undone.", abort=True)
    with open_session(settings) as session:
        done = personal.erase_person(session, name)
    for table, rows in done.items():
        if rows:
            print(f"  {table}: {rows}")
    print(f"{name} is erased here. `nbquest files collect` removes their files after files_grace_hours.")
    print("The Hub's own account and the home of their server are not touched: delete them in the Hub's admin page.")


@contextlib.contextmanager
def writing_to(target: Path) -> Iterator[Callable[[str, bytes], None]]:
    """Give a function that writes a file of the export by its path, for its owner only. Raises ExportTargetTaken."""
    if target.exists():
        raise ExportTargetTaken(f"{target} is there already; name a place that isn't.")
    if target.suffix == ".zip":
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            yield lambda path, content: archive.writestr(_plain(path), content)
        return
    target.mkdir(mode=0o700, parents=True)

    def write(path: str, content: bytes) -> None:
        place = target / _plain(path)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.touch(mode=0o600)
        place.write_bytes(content)

    yield write


def _plain(path: str) -> str:
    if path.startswith("/") or ".." in Path(path).parts:
        raise UnusablePath(path=path)
    return path
