"""`nbquest serve`: run a whole site until Ctrl-C."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from hub_config.isolation import SpawnerChoice, choose_spawner
from nbquest.cli import images
from nbquest.cli.environments import build_missing
from nbquest.cli.supervisor import Site, stopping_on_signals
from nbquest.courses import api as courses
from nbquest.courses.options import grader_options, highest_limits
from nbquest.db import migrate
from nbquest.db.embedded import EmbeddedPostgres
from nbquest.db.engine import session_scope
from nbquest.environments.errors import EnvironmentBuildFailed
from nbquest.errors import StartError
from nbquest.files.store import open_blob_store
from nbquest.identity import api as identity
from nbquest.ports import free_port
from nbquest.settings import REPOSITORY, Settings, load_settings

DEMO_COURSE = REPOSITORY / "courses" / "python-foundations"
DEMO_INSTRUCTOR = "demo-instructor"
DEMO_LEARNER = "demo-learner"
MIN_FREE_DISK = 500_000_000
"""Bytes; below it a database or a learner's home would soon fail in the middle of a write."""


class AlreadyRunning(StartError):
    """Another copy already runs on this data folder."""

    code = "already-running"


class PortTaken(StartError):
    """The port that the site should listen on is taken."""

    code = "port-taken"


class DiskFull(StartError):
    """There is too little free space for the site's data."""

    code = "disk-full"


class NotSetUp(StartError):
    """A part of the set-up is missing."""

    code = "not-set-up"


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """An account that a demo site starts with; its password was made on this machine."""

    name: str
    password: str
    admin: bool


def serve(
    demo: Annotated[bool, typer.Option(help="Publish the demo course and make a demo instructor and learner.")] = False,
) -> None:
    """Run a whole site: Postgres, Hub, proxy, web service and workers. Ctrl-C stops all of it."""
    settings = load_settings()
    _prepare_data_dir(settings.data_dir)
    with _only_copy(settings):
        require_free_disk(settings.data_dir)
        _require_free_port(settings)
        _require_set_up(settings)
        _prepare_image(settings)
        choice = choose_spawner(settings)
        with stopping_on_signals(), _database(settings) as (database_url, postgres):
            _say("Preparing the database")
            migrate.upgrade(database_url)
            _prepare_packages(settings, database_url)
            accounts = _prepare_demo(settings, database_url) if demo else []
            environment = _environment(settings, database_url, choice, demo=demo)
            site = Site(settings, environment, postgres)
            _say("Starting the Hub")
            site.run(when_ready=lambda: _print_welcome(settings, choice, accounts))


def _say(message: str) -> None:
    print(message, flush=True)


def _prepare_data_dir(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # As root the account that runs Postgres must be able to pass through, though not to look.
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for name in ("logs", "secrets"):
            (folder / name).mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartError(
            f"Can't write to the data folder {folder}: {error.strerror}. Set NBQUEST_DATA_DIR to another."
        ) from None


@contextlib.contextmanager
def _only_copy(settings: Settings) -> Iterator[None]:
    """Hold the data folder's lock; raise AlreadyRunning where another copy holds it."""
    path = settings.data_dir / "serve.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            running = file.read().strip() or "another process"
            raise AlreadyRunning(
                f"A site already runs on {settings.data_dir} ({running}). Stop it, or set NBQUEST_DATA_DIR and "
                "NBQUEST_PORT to run a second one."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, {settings.public_url}")
        file.flush()
        yield
        file.truncate(0)


def require_free_disk(folder: Path, minimum: int = MIN_FREE_DISK) -> None:
    """Raise DiskFull where fewer than `minimum` bytes are free."""
    free = shutil.disk_usage(folder).free
    if free < minimum:
        raise DiskFull(
            f"Only {free // 1_000_000} MB are free where {folder} lies; a site needs {minimum // 1_000_000}. "
            "Free some space, or set NBQUEST_DATA_DIR to a folder on another disk."
        )


def _require_free_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortTaken(
                f"Can't listen on {settings.host} port {settings.port}: {error.strerror}. Stop what uses it, or choose "
                f"another port: NBQUEST_PORT={settings.port + 1} script/server"
            ) from None


def _require_set_up(settings: Settings) -> None:
    python = settings.learner_environment / "bin" / "python"
    proxy = REPOSITORY / "hub_config" / "proxy" / "node_modules" / "configurable-http-proxy"
    for part, path in (("the learners' environment", python), ("the proxy", proxy)):
        if not path.exists():
            raise NotSetUp(f"{part.capitalize()} is not there ({path}). Run script/bootstrap, then try again.")


def _prepare_image(settings: Settings) -> None:
    """Have the image of a learner's container ready where Docker may run it; quick when it is."""
    if settings.spawner == "local":
        return
    try:
        images.connect().close()
    except images.ImageBuildFailed:
        return  # no engine: the choice of spawner says what that means
    try:
        images.build("singleuser", force=False)
    except images.ImageBuildFailed as error:
        if settings.spawner == "docker":
            raise
        _say(f"{error.message}\nGoing on without Docker.")


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[tuple[str, EmbeddedPostgres | None]]:
    """Yield the database's address, and our own Postgres unless another is set; ours is stopped afterwards."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value(), None
        return
    _say("Starting Postgres")
    postgres = EmbeddedPostgres(settings.data_dir)
    try:
        postgres.start()
        yield postgres.url("nbquest"), postgres
    finally:
        postgres.stop()


def _prepare_packages(settings: Settings, database_url: str) -> None:
    """Install the packages of courses that are missing here; the site starts without them rather than not at all."""
    engine = create_engine(database_url)
    try:
        with session_scope(engine) as session:
            used = courses.list_environments(session)
        build_missing(settings, used)
    except (EnvironmentBuildFailed, images.ImageBuildFailed) as error:
        _say(f"{error.message}\nGoing on without; `nbquest environments build` tries again.")
    finally:
        engine.dispose()


def _prepare_demo(settings: Settings, database_url: str) -> list[DemoAccount]:
    """Publish the demo course and make the demo people; publishing again what hasn't changed does nothing."""
    accounts = _demo_accounts(settings)
    engine = create_engine(database_url)
    try:
        with session_scope(engine) as session:
            for account in accounts:
                identity.get_or_create_person(session, account.name)
            result = courses.publish_course(
                session,
                open_blob_store(settings),
                DEMO_COURSE,
                publisher=DEMO_INSTRUCTOR,
                grader_options=grader_options(settings),
                highest=highest_limits(settings),
            )
            courses.defer_certifying(session, result.course.slug)  # a worker has the time; whoever waits here has not
            identity.set_course_role(session, DEMO_INSTRUCTOR, result.course.slug, "instructor")
            identity.set_course_role(session, DEMO_LEARNER, result.course.slug, "learner")
    finally:
        engine.dispose()
    return accounts


def _demo_accounts(settings: Settings) -> list[DemoAccount]:
    """Return the demo accounts, made with new passwords the first time and kept in a file of mode 600."""
    path = _demo_accounts_file(settings)
    if path.exists():
        return [DemoAccount(**account) for account in json.loads(path.read_text())]
    accounts = [
        DemoAccount(name=DEMO_INSTRUCTOR, password=secrets.token_urlsafe(12), admin=False),
        DemoAccount(name=DEMO_LEARNER, password=secrets.token_urlsafe(12), admin=False),
    ]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump([account.__dict__ for account in accounts], file)
    return accounts


def _demo_accounts_file(settings: Settings) -> Path:
    return settings.secrets_dir / "demo-accounts.json"


def _environment(settings: Settings, database_url: str, choice: SpawnerChoice, *, demo: bool) -> dict[str, str]:
    """Return the environment of the site's processes: ours, and what was chosen here."""
    hub_url = make_url(database_url).update_query_dict({"options": "-csearch_path=jupyterhub"})
    chosen = {
        "NBQUEST_DATA_DIR": str(settings.data_dir.resolve()),
        "NBQUEST_DATABASE_URL": database_url,
        "NBQUEST_HUB_DATABASE_URL": settings.hub_database_url.get_secret_value()
        if settings.hub_database_url
        else hub_url.render_as_string(hide_password=False),
        "NBQUEST_SPAWNER": settings.spawner if choice.kind == "insecure" else choice.kind,
        "PYTHONUNBUFFERED": "1",
    }
    for name in ("hub_port", "proxy_api_port", "service_port"):
        chosen[f"NBQUEST_{name.upper()}"] = str(getattr(settings, name) or free_port())
    if demo:
        chosen["NBQUEST_DEMO_ACCOUNTS_FILE"] = str(_demo_accounts_file(settings).resolve())
    folder = str(Path(sys.executable).parent)
    return {**os.environ, **chosen, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _print_welcome(settings: Settings, choice: SpawnerChoice, accounts: list[DemoAccount]) -> None:
    lines = ["", f"nbquest is ready:  {settings.public_url}", ""]
    if accounts:
        lines.append("Sign in as, or sign up as yourself:")
        width = max(len(account.name) for account in accounts)
        lines += [f"  {account.name:<{width}}  password  {account.password}" for account in accounts]
        lines.append("")
    lines += [
        f"Learners' servers:  {choice.kind} ({choice.reason})",
        f"Grading sandbox:    {'none (insecure is set)' if grader_options(settings).insecure else 'bubblewrap'}",
        f"Data:               {settings.data_dir}",
        f"Logs:               {settings.logs_dir}",
        "",
        f"Ctrl-C stops the site; nothing is lost. ({time.strftime('%H:%M')})",
    ]
    _say("\n".join(lines))
