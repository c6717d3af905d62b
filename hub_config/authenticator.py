"""Sign-up and sign-in with a name and a password, on NativeAuthenticator's table of accounts.

Its handlers are replaced by ours (`handlers.py`): they log a newcomer in at once, say what to do when
something is wrong, take passwords from the body only, and leave out the pages that change an account on a GET.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import bcrypt
import nativeauthenticator
from jupyterhub import orm
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.orm import UserInfo
from sqlalchemy import Engine
from traitlets import Any as AnyTrait
from traitlets import Unicode

from hub_config import accounts
from hub_config.handlers import ChangePasswordHandler, SetPasswordHandler, SignInHandler, SignUpHandler
from hub_config.lockout import Lockout
from hub_config.site import Site
from nbquest.db.engine import create_engine, session_scope
from nbquest.errors import Conflict, InvalidInput, SettingsError
from nbquest.identity.api import find_person_id

FAILED_TRIES = 5
LOCK_SECONDS = 300
COMMON_PASSWORDS = Path(nativeauthenticator.__file__).parent / "common-credentials.txt"


def configure_authenticator(c: Any, site: Site) -> None:
    """Choose the authenticator; whoever has an account and its password may in."""
    c.JupyterHub.authenticator_class = SiteAuthenticator
    c.SiteAuthenticator.allow_all = True
    c.SiteAuthenticator.enable_signup = site.settings.open_signup
    c.SiteAuthenticator.open_signup = site.settings.open_signup
    c.SiteAuthenticator.minimum_password_length = accounts.MIN_PASSWORD
    c.SiteAuthenticator.check_common_password = True
    c.SiteAuthenticator.allowed_failed_logins = FAILED_TRIES
    c.SiteAuthenticator.seconds_before_next_try = LOCK_SECONDS
    c.SiteAuthenticator.username_pattern = rf"^{accounts.NAME_PATTERN}$"
    c.SiteAuthenticator.site = site
    c.SiteAuthenticator.demo_accounts_file = str(site.settings.demo_accounts_file or "")


class SiteAuthenticator(NativeAuthenticator):
    """Names and passwords kept in the Hub's database."""

    site = AnyTrait(config=True, help="The site that this Hub belongs to.")
    demo_accounts_file = Unicode("", config=True, help="File of accounts that are made at start.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Given here, it isn't looked up by default, which the Hub warns of at every start.
        super().__init__(*args, db=kwargs["_deprecated_db_session"], **kwargs)
        self._engine: Engine | None = None
        self.lockout = Lockout(self.allowed_failed_logins, self.seconds_before_next_try)
        self.common_passwords = frozenset(COMMON_PASSWORDS.read_text(encoding="utf-8").lower().split())
        # Compared with when there is no such account, so that the time an answer takes does not tell.
        self._no_password = bcrypt.hashpw(b"no account has this password", bcrypt.gensalt())
        if self.demo_accounts_file:
            self._ensure_accounts(Path(self.demo_accounts_file))

    def normalize_username(self, username: str) -> str:
        """Return the name of the account meant by what was typed."""
        return accounts.normalize_name(username)

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return the pages of sign-in, sign-up and passwords."""
        del app
        return [
            (r"/login", SignInHandler),
            (r"/signup", SignUpHandler),
            (r"/change-password", ChangePasswordHandler),
            (r"/change-password/([^/]+)", SetPasswordHandler),
        ]

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """Return the name of the account when name and password fit and it isn't locked."""
        del handler
        name = self.normalize_username(data.get("username", ""))
        if await self.is_password_of(name, data.get("password", "")):
            return name
        return None

    async def is_password_of(self, name: str, password: str) -> bool:
        """Tell whether `password` opens the account `name`; a wrong one counts towards the lock-out."""
        if self.locked_seconds(name) > 0:
            return False
        account = self.get_user(name)
        stored = bytes(account.password) if account is not None and account.is_authorized else None
        # Counted before the wait, so that guesses sent at once don't all get in while none has failed yet.
        self.lockout.record_failure(name, time.monotonic())
        # bcrypt is slow on purpose; the Hub answers others meanwhile.
        fits = await asyncio.to_thread(_fits, password, stored or self._no_password)
        if fits and stored is not None:
            self.lockout.record_success(name)
            return True
        return False

    def locked_seconds(self, name: str) -> float:
        """Return for how long the account `name` takes no password; 0 when it isn't locked."""
        return self.lockout.remaining(name, time.monotonic())

    def sign_up(self, name: str, password: str) -> None:
        """Make the account `name`; raise InvalidInput or Conflict with a sentence for the person."""
        problem = (
            accounts.name_problem(name)
            or accounts.reserved_problem(name)
            or accounts.password_problem(password, name, self.common_passwords)
        )
        if problem:
            raise InvalidInput(problem)
        if self.is_taken(name):
            raise Conflict(f"The user name {name} is taken. Choose another one, or sign in if it is yours.")
        self._store(name, password)

    def is_taken(self, name: str) -> bool:
        """Tell whether `name` is an account's, a Hub user's (administrators too), set aside or known to courses."""
        known = self.db.query(orm.User).filter_by(name=name).first() is not None
        set_aside = name in self.admin_users or name in self.blocked_users
        return known or self.user_exists(name) or set_aside or self._has_history(name)

    def _has_history(self, name: str) -> bool:
        """Tell whether the courses know `name`: a role given ahead of the account, or the work of a deleted user."""
        if self.site is None or self.site.settings.database_url is None:
            return False  # a Hub alone: there are no courses
        if self._engine is None:
            self._engine = create_engine(self.site.settings)
        with session_scope(self._engine) as session:
            return find_person_id(session, name) is not None

    def set_password(self, name: str, password: str) -> None:
        """Give the account `name` a new password, making the account for a Hub user who has none."""
        problem = accounts.password_problem(password, name, self.common_passwords)
        if problem:
            raise InvalidInput(problem)
        self._store(name, password)
        self.lockout.record_success(name)

    def _store(self, name: str, password: str) -> None:
        account = self.get_user(name)
        if account is None:
            account = UserInfo(username=name, is_authorized=True)
            self.db.add(account)
        account.password = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
        self.db.commit()

    def _ensure_accounts(self, file: Path) -> None:
        for entry in read_accounts(file):
            name, password = entry["name"], entry["password"]
            account = self.get_user(name)
            if account is None:
                self._store(name, password)
            elif not _fits(password, bytes(account.password)):
                # Somebody's own account, or a changed password: it stays, and gains nothing from the file.
                self.log.warning("The demo account %s has another password than the file says; left as it is.", name)
                continue
            if entry.get("admin"):
                self.admin_users.add(name)


def read_accounts(file: Path) -> list[dict[str, Any]]:
    """Return the accounts of a demo accounts file; raise SettingsError when others can read it or it can't be used."""
    try:
        if file.stat().st_mode & 0o077:
            raise SettingsError(f"{file} holds passwords and others can read it. Run: chmod 600 {file}")
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"Can't read the demo accounts of {file}: {error}") from None
    for entry in entries:
        problem = accounts.name_problem(entry["name"]) or accounts.password_problem(entry["password"], "", ())
        if problem:
            raise SettingsError(f"{file}, account {entry['name']}: {problem}")
    return list(entries)


def _fits(password: str, stored: bytes) -> bool:
    candidate = password.encode()
    if not candidate or len(candidate) > accounts.MAX_PASSWORD_BYTES or b"\0" in candidate:
        return False
    return bcrypt.checkpw(candidate, stored)
