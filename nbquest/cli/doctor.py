"""`nbquest doctor`: look at a set-up and say what is wrong and what to do."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from nbquest.errors import NbquestError
from nbquest.settings import REPOSITORY, Settings, load_settings

Verdict = Literal["ok", "note", "wrong"]
MARKS: dict[Verdict, str] = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}


@dataclass(frozen=True)
class Finding:
    """What one check found: `detail` says what is wrong and what to do, in one line."""

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
    wrong = sum(finding.verdict == "wrong" for finding in findings)
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
    """Each protection of the grading sandbox."""
    if not (settings.learner_environment / "bin" / "python").exists():
        yield Finding("Grading sandbox", "wrong", "has no interpreter: run script/bootstrap")
        return
    for check in check_sandbox(grader_options(settings)):
        yield Finding(f"Sandbox: {check.name}", "ok" if check.ok else "wrong", check.detail)


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_python,
    check_data,
    check_database,
    check_isolation,
    check_grading,
)
