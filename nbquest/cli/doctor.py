"""`nbquest doctor`: look at a set-up and say what is wrong and what to do."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from grader.sandbox import bubblewrap
from grader.sandbox.doctor import check_sandbox
from hub_config.isolation import choose_spawner
from nbquest.cli.serve import MIN_FREE_DISK
from nbquest.courses.options import grader_options
from nbquest.db import migrate
from nbquest.db.embedded import EmbeddedPostgres
from nbquest.environments.store import open_environments
from nbquest.errors import NbquestError
from nbquest.files.errors import BlobStoreUnavailable
from nbquest.files.store import open_blob_store
from nbquest.settings import REPOSITORY, Settings, load_settings

Verdict = Literal["ok", "note", "wrong", "on", "off", "OFF"]
MARKS: dict[Verdict, str] = {
    "ok": "[green]ok[/]",
    "note": "[yellow]note[/]",
    "wrong": "[red]wrong[/]",
    "on": "[green]on[/]",
    "off": "[yellow]off[/]",
    "OFF": "[red]OFF[/]",
}
WRONG = frozenset({"wrong", "OFF"})
SPARE_MEMORY_MB = 512
"""For the Hub, the database and the workers themselves."""


@dataclass(frozen=True)
class Finding:
    """What one check found: `detail` says what is wrong and what to do, in one line.

    A protection of the sandbox is `on` or `OFF`; one that this account can't give is `off`, which is no fault.
    """

    subject: str
    verdict: Verdict
    detail: str


def doctor() -> None:
    """Check the set-up and say what is wrong. Exit status 1 when something is."""
    settings = load_settings()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Check", "", "What was found"):
        table.add_column(title, overflow="fold")
    findings = [finding for check in CHECKS for finding in check(settings)]
    for finding in findings:
        table.add_row(finding.subject, MARKS[finding.verdict], finding.detail)
    Console().print(table)
    wrong = sum(finding.verdict in WRONG for finding in findings)
    print(f"\n{wrong} of {len(findings)} checks found something wrong." if wrong else "\nNothing is wrong.")
    if wrong:
        raise typer.Exit(1)


def check_python(settings: Settings) -> Iterator[Finding]:
    """The interpreter, the learners' environment and the proxy."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", "ok" if sys.version_info >= (3, 11) else "wrong", f"{version} (3.11 or newer is needed)")
    python = settings.learner_environment / "bin" / "python"
    parts = {
        "Learners' environment": python,
        "JupyterLab extension": settings.learner_environment / "share/jupyter/labextensions/jupyter-nbquest",
        "Proxy": REPOSITORY / "hub_config/proxy/node_modules/configurable-http-proxy",
    }
    for subject, path in parts.items():
        if path.exists():
            yield Finding(subject, "ok", str(path))
        else:
            yield Finding(subject, "wrong", f"{path} is missing: run script/bootstrap")


def check_data(settings: Settings) -> Iterator[Finding]:
    """The data folder, its free space, and the modes of the secrets in it."""
    folder = settings.data_dir
    if not folder.exists():
        yield Finding("Data folder", "note", f"{folder} is not there yet; the first start makes it")
        return
    writable = os.access(folder, os.W_OK)
    yield Finding(
        "Data folder", "ok" if writable else "wrong", f"{folder}{'' if writable else ' is not writable for you'}"
    )
    free = shutil.disk_usage(folder).free
    verdict: Verdict = "ok" if free >= MIN_FREE_DISK else "wrong"
    yield Finding("Free space", verdict, f"{free // 1_000_000:,} MB ({MIN_FREE_DISK // 1_000_000} are needed)")
    secrets_dir = settings.secrets_dir
    if secrets_dir.exists() and os.access(secrets_dir, os.R_OK):
        loose = [path.name for path in secrets_dir.iterdir() if stat.S_IMODE(path.stat().st_mode) & 0o077]
        detail = f"others may read {', '.join(sorted(loose))}: chmod 600 them" if loose else "only you can read them"
        yield Finding("Secrets", "wrong" if loose else "ok", detail)


def check_database(settings: Settings) -> Iterator[Finding]:
    """Whether the database answers, and whether its tables are those of this version."""
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
    else:
        postgres = EmbeddedPostgres(settings.data_dir)
        if not postgres.cluster.exists():
            yield Finding("Database", "note", "not made yet; the first start makes it")
            return
        if not postgres.is_running():
            yield Finding("Database", "note", "the site's own Postgres is stopped, as it is while the site is")
            return
        url = postgres.url("nbquest")
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
        yield Finding("Database", "ok", f"Postgres {version}")
        current, newest = migrate.current_revision(url), migrate.newest_revision()
        yield Finding(
            "Migrations",
            "ok" if current == newest else "wrong",
            f"at {current}" if current == newest else f"at {current}, but this version needs {newest}: start the site",
        )
    except SQLAlchemyError as error:
        yield Finding("Database", "wrong", f"does not answer: {str(error.__cause__ or error).splitlines()[0]}")
    finally:
        engine.dispose()


def check_files(settings: Settings) -> Iterator[Finding]:
    """Whether the file store can be written and read."""
    if not settings.files_in_s3 and settings.files_url is None and not settings.data_dir.exists():
        yield Finding("File store", "note", "not made yet; the first start makes it")
        return
    where = settings.files_url if settings.files_in_s3 else str(settings.blobs_dir)
    content = b"nbquest doctor " + os.urandom(16)
    try:
        blobs = open_blob_store(settings)
        sha256 = blobs.put(content)
        try:
            blobs.get(sha256)
        finally:
            blobs.remove(sha256)
    except BlobStoreUnavailable as error:
        yield Finding("File store", "wrong", f"can't be used: {error.reason}")
    except NbquestError as error:
        yield Finding("File store", "wrong", f"{where}: {error.message}")
    else:
        yield Finding("File store", "ok", f"{where} can be written and read")


def check_isolation(settings: Settings) -> Iterator[Finding]:
    """Which spawner would be chosen, and why."""
    missing = bubblewrap.probe()
    yield Finding("Bubblewrap", "wrong" if missing else "ok", missing or "makes namespaces here")
    try:
        choice = choose_spawner(settings)
    except NbquestError as error:
        yield Finding("Learners' servers", "wrong", error.message)
    else:
        yield Finding(
            "Learners' servers", "note" if choice.kind == "insecure" else "ok", f"{choice.kind}: {choice.reason}"
        )


def check_grading(settings: Settings) -> Iterator[Finding]:
    """Each protection of the grading sandbox, as code inside of it finds it."""
    if not (settings.learner_environment / "bin" / "python").exists():
        yield Finding("Grading sandbox", "wrong", "has no interpreter: run script/bootstrap")
        return
    for check in check_sandbox(grader_options(settings)):
        off: Verdict = "OFF" if check.needed else "off"
        yield Finding(f"Sandbox: {check.name}", "on" if check.ok else off, check.detail)


def check_memory(settings: Settings) -> Iterator[Finding]:
    """Whether the machine has the memory that grading may take."""
    facts = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    free = int(facts["MemAvailable"].split()[0]) >> 10
    runs = settings.grading_workers * settings.grading_memory_mb
    wanted = runs + SPARE_MEMORY_MB
    verdict: Verdict = "ok" if free >= wanted else "note"
    advice = "" if free >= wanted else "; fewer grading_workers or a lower grading_memory_mb would be safer"
    yield Finding(
        "Memory", verdict, f"{free:,} MiB are free; grading may take {settings.grading_workers} x "
        f"{settings.grading_memory_mb:,} MiB at once{advice}"
    )  # fmt: skip


def check_packages(settings: Settings) -> Iterator[Finding]:
    """The environments of courses that bring packages: whether those that are there still fit."""
    if not settings.environments_dir.exists() or not (settings.learner_environment / "bin" / "python").exists():
        return
    store = open_environments(settings)
    built = store.list_built()
    stale = store.list_unusable()
    if stale:
        detail = f"{', '.join(stale)} can't be used: half made, or on another learners' environment"
        yield Finding("Courses' packages", "note", f"{detail}; `nbquest environments build` makes what is missing")
    elif built:
        yield Finding("Courses' packages", "ok", f"{len(built)} environments in {settings.environments_dir}")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_python,
    check_data,
    check_database,
    check_files,
    check_isolation,
    check_memory,
    check_packages,
    check_grading,
)
