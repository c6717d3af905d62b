"""`nbquest course`: publish courses, check and list them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import sqlalchemy
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from grader.pool import GraderPool
from nbquest.cli.certificates import print_certificate, print_certificates, showing_steps
from nbquest.cli.image_layers import add_environments
from nbquest.courses import api as courses
from nbquest.courses.certifying import Certifier
from nbquest.courses.environments import site_packages
from nbquest.courses.options import grader_options, highest_limits
from nbquest.courses.quotas import most_quotas
from nbquest.courses.views import PublishResult
from nbquest.db import migrate
from nbquest.db.embedded import EmbeddedPostgres
from nbquest.db.engine import session_scope
from nbquest.environments.store import open_environments
from nbquest.files.store import open_blob_store
from nbquest.settings import Settings, load_settings
from nbquest.submissions import api as submissions

app = typer.Typer(help="Publish courses, check and list them.", no_args_is_help=True)


@app.command("publish")
def publish(
    path: Annotated[Path, typer.Argument(help="Course folder: nbgrader's, or ours with a course.toml.")],
    instructor: Annotated[
        str | None, typer.Option("--instructor", help="User name that becomes an instructor of the course.")
    ] = None,
    upgrade_packages: Annotated[
        bool, typer.Option("--upgrade-packages", help="Choose the versions of the course's packages anew.")
    ] = False,
) -> None:
    """Publish a course folder. What hasn't changed since the last time stays as it is."""
    settings = load_settings()
    with open_session(settings) as session, showing_steps() as on_step:
        result = courses.publish_course(
            session,
            open_blob_store(settings),
            path,
            publisher=instructor,
            grader_options=grader_options(settings),
            highest=highest_limits(settings),
            most=most_quotas(settings),
            packages=site_packages(settings, upgrade=upgrade_packages, say=print),
            certify=True,
            on_step=on_step,
        )
        # Before anything of it is in force: who learns in containers needs the packages, too.
        added = add_environments(settings, open_environments(settings), filter(None, [result.environment]))
        # A later due date, or a milder penalty, holds for what was handed in before it, too. Last, for it holds those
        # people until the transaction ends, and they could hand in nothing meanwhile.
        lowered = submissions.reconsider_penalties(session, result.course.slug)
        outdated = {
            made.slug: submissions.count_outdated(session, result.course.slug, made.slug)
            for made in result.assignments
            if made.created
        }
    _print_result(result)
    for slug, count in outdated.items():
        if count:
            what = "1 submission has" if count == 1 else f"{count} submissions have"
            print(f"  {slug}: {what} no grade by this version. `nbquest regrade start {result.course.slug} {slug}`")
            print("    tries it on them and shows who would gain and lose; nothing changes before you apply that.")
    if lowered:
        print(f"  late submissions that cost less by the new dates and penalties: {lowered}")
    if added:
        print("Learners whose servers run stop and start them to get the new kernel.")


@app.command("check")
def check(
    path: Annotated[Path, typer.Argument(help="Course folder: nbgrader's, or ours with a course.toml.")],
    assignment: Annotated[str | None, typer.Option("--assignment", help="Check this one only.")] = None,
) -> None:
    """Try a course folder at your desk: what publishing would say of its tests. Nothing is stored."""
    settings = load_settings()
    with showing_steps() as on_step:
        found = courses.check_course(
            path,
            grader_options=grader_options(settings),
            highest=highest_limits(settings),
            most=most_quotas(settings),
            packages=site_packages(settings, say=print),
            assignment=assignment,
            on_step=on_step,
        )
    print_certificates(found)


@app.command("certify")
def certify(
    course: Annotated[str, typer.Argument(help="The course, by its name in addresses.")],
    again: Annotated[bool, typer.Option("--again", help="Also what is certified: after new packages, say.")] = False,
) -> None:
    """Certify what is published but not certified, such as what an older nbquest published."""
    settings = load_settings()
    with (
        open_session(settings) as session,
        GraderPool(grader_options(settings), size=1) as graders,
        showing_steps() as on_step,
    ):
        certifier = Certifier(
            graders,
            environments=open_environments(settings),
            highest=highest_limits(settings),
            on_step=on_step,
        )
        found = courses.certify_course(session, open_blob_store(settings), course, certifier, again=again)
    print_certificates(found)


@app.command("list")
def list_courses() -> None:
    """List the site's courses and their assignments."""
    table = Table(box=None, pad_edge=False)
    for title in ("Course", "Assignment", "Version", "Points", "Due"):
        table.add_column(title, overflow="fold")
    with open_session(load_settings()) as session:
        for course in courses.list_all_courses(session):
            table.add_row(f"{course.slug} ({course.enrolment})")
            for assignment in courses.list_assignments(session, course.slug):
                due = "" if assignment.due_at is None else f"{assignment.due_at:%Y-%m-%d %H:%M} UTC"
                points = f"{assignment.points.normalize():f}"
                table.add_row("", assignment.slug, str(assignment.version), points, due)
    Console().print(table)


@contextlib.contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    """Yield a session on the site's database, which is started for as long where the site doesn't run."""
    with open_engine(settings) as engine, session_scope(engine) as session:
        yield session


@contextlib.contextmanager
def open_engine(settings: Settings) -> Iterator[Engine]:
    """Yield an engine on the site's database, for commands of several transactions. See open_session."""
    with _database_url(settings) as url:
        migrate.upgrade(url)
        engine = sqlalchemy.create_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()


@contextlib.contextmanager
def _database_url(settings: Settings) -> Iterator[str]:
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    postgres = EmbeddedPostgres(settings.data_dir)
    try:
        postgres.start()
        yield postgres.url("nbquest")
    finally:
        postgres.stop()  # unless the site, or another command, uses it too


def _print_result(result: PublishResult) -> None:
    print(f"{result.course.title} ({result.course.slug})")
    for assignment in result.assignments:
        state = f"version {assignment.version}" + ("" if assignment.created else ", unchanged")
        print(f"  {assignment.slug}: {state}, {assignment.points.normalize():f} points")
        for warning in assignment.warnings:
            print(f"    note: {warning}")
        for notebook in assignment.notebooks:
            print_certificate(notebook)
    if result.environment is not None:
        packages = ", ".join(line.partition(" ")[0] for line in result.environment.requirements.splitlines())
        print(f"  packages: {packages}")
    for slug in result.hidden:
        print(f"  {slug}: no longer in the folder, hidden")
