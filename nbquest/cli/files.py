"""`nbquest files`: looks after stored files."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from nbquest import rooms
from nbquest.cli.course import open_engine
from nbquest.errors import NbquestError
from nbquest.files.collecting import Collected, collect_blobs
from nbquest.files.errors import BlobStoreUnavailable
from nbquest.files.store import open_blob_store
from nbquest.settings import load_settings

app = typer.Typer(help="Look after stored files.", no_args_is_help=True)


class FileStoreUnreachable(NbquestError):
    """The file store can't be reached; the message says why."""

    code = "file-store-unreachable"


@app.callback()
def files() -> None:
    """Look after stored files."""


@app.command("collect")
def collect(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing; say what would be removed.")] = False,
) -> None:
    """Remove stored files that nothing names any more, older than `files_grace_hours`. The site may run meanwhile."""
    assert rooms.MODELS, "all tables are to be known, or what they name would be removed"
    settings = load_settings()
    grace = timedelta(hours=settings.files_grace_hours)
    with open_engine(settings) as engine:
        try:
            collected = collect_blobs(engine, open_blob_store(settings), grace=grace, dry_run=dry_run)
        except BlobStoreUnavailable as error:
            raise FileStoreUnreachable(f"The file store can't be reached: {error.reason}") from None
    _print(collected, dry_run=dry_run)


def _print(collected: Collected, *, dry_run: bool) -> None:
    verb = "would be removed" if dry_run else "removed"
    print(f"{collected.removed} of {collected.looked_at} stored files {verb}, {collected.bytes / 2**20:.1f} MiB.")
    if collected.partial:
        print(f"{collected.partial} remains of interrupted writes removed.")
    if collected.busy:
        print(f"{collected.busy} were left for the next time, as something was being stored beside them.")
