"""The Hub's pages for accounts: sign in, sign up, change a password."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.handlers.login import LoginHandler
from jupyterhub.scopes import needs_scope
from tornado.web import HTTPError, authenticated

from hub_config import accounts
from hub_config.sessions import sign_out_everywhere
from nbquest.errors import Conflict, InvalidInput

MISMATCH = "The two passwords differ. Type the same one twice."
CHANGED = "Your password has been changed. Other browsers have been signed out and your API tokens deleted."


class SignInHandler(LoginHandler):
    """The sign-in page."""

    async def post(self) -> None:
        """Sign in, or show the page again with the reason."""
        name = accounts.normalize_name(self.get_body_argument("username", ""))
        password = self.get_body_argument("password", "", strip=False)
        user = await self.login_user({"username": name, "password": password})
        if user:
            self._jupyterhub_user = user
            self.redirect(self.get_next_url(user))
            return
        self.set_status(403)
        self.finish(await self._render(login_error=self._why_not(name), username=name[:64]))

    def _why_not(self, name: str) -> str:
        seconds = self.authenticator.locked_seconds(name)
        if seconds > 0:
            minutes = math.ceil(seconds / 60)
            unit = "minute" if minutes == 1 else "minutes"
            return f"Too many tries with the user name {name[:64]}. Wait {minutes} {unit}, then try again."
        return "This user name and password don't fit together. Check both, or sign up if you have no account yet."


class SignUpHandler(LoginHandler):
    """The sign-up page; a new account is signed in at once. (Its base renews an expired form kindly.)"""

    async def get(self) -> None:
        """Show the form, or the way on for somebody who is signed in."""
        if self.current_user:
            self.redirect(self.get_next_url(self.current_user))
            return
        self.finish(await self._render())

    async def post(self) -> None:
        """Make the account and sign in, or show the form again with the reason."""
        if not self.authenticator.enable_signup:
            self.set_status(403)
            self.finish(await self._render())
            return
        name = accounts.normalize_name(self.get_body_argument("username", ""))
        password = self.get_body_argument("signup_password", "", strip=False)
        try:
            if password != self.get_body_argument("signup_password_confirmation", "", strip=False):
                raise InvalidInput(accounts.name_problem(name) or MISMATCH)
            self.authenticator.sign_up(name, password)
        except (InvalidInput, Conflict) as error:
            self.set_status(error.http_status)
            self.finish(await self._render(login_error=error.message, username=name[:64]))
            return
        user = await self.login_user({"username": name, "password": password})
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))

    async def _render(self, login_error: str | None = None, username: str | None = None, **namespace: Any) -> str:
        namespace.pop("message", None)
        page: str = await self.render_template(
            "signup.html",
            signup_error=login_error,
            username=username or "",
            signup_open=self.authenticator.enable_signup,
            next=quote(self.get_argument("next", default=""), safe=""),
            min_password=accounts.MIN_PASSWORD,
            **namespace,
        )
        return page


class ChangePasswordHandler(BaseHandler):
    """The page on which one changes one's own password."""

    @authenticated  # type: ignore[untyped-decorator]  # tornado ships no types
    async def get(self) -> None:
        """Show the form."""
        self.finish(await self._render())

    @authenticated  # type: ignore[untyped-decorator]  # tornado ships no types
    async def post(self) -> None:
        """Change the password; everywhere else one is signed out."""
        user = self.current_user
        try:
            new = new_password(self)
            old = self.get_body_argument("old_password", "", strip=False)
            if not await self.authenticator.is_password_of(user.name, old):
                raise InvalidInput("The current password isn't right. Please type it again.")
            self.authenticator.set_password(user.name, new)
        except InvalidInput as error:
            self.set_status(error.http_status)
            self.finish(await self._render(problem=error.message))
            return
        sign_out_everywhere(self.db, user)
        self.set_login_cookie(user)
        self.finish(await self._render(done=CHANGED))

    async def _render(self, **namespace: Any) -> str:
        page: str = await self.render_template(
            "change-password.html",
            own=True,
            person=self.current_user.name,
            min_password=accounts.MIN_PASSWORD,
            **namespace,
        )
        return page


class SetPasswordHandler(BaseHandler):
    """The page on which an administrator sets somebody's password, or the first one of a user added by hand."""

    @needs_scope("admin:users")  # type: ignore[untyped-decorator]
    async def get(self, name: str) -> None:
        """Show the form."""
        self.finish(await self._render(self._known(name)))

    @needs_scope("admin:users")  # type: ignore[untyped-decorator]
    async def post(self, name: str) -> None:
        """Set the password; the person is signed out everywhere."""
        name = self._known(name)
        try:
            self.authenticator.set_password(name, new_password(self))
        except InvalidInput as error:
            self.set_status(error.http_status)
            self.finish(await self._render(name, problem=error.message))
            return
        user = self.find_user(name)
        if user is not None:
            sign_out_everywhere(self.db, user)
            if user.name == self.current_user.name:
                self.set_login_cookie(user)
        self.finish(await self._render(name, done=f"The password of {name} has been changed. Tell them in private."))

    def _known(self, name: str) -> str:
        if self.find_user(name) is None and not self.authenticator.user_exists(name):
            raise HTTPError(404, "There is no user of this name.")
        return name

    async def _render(self, name: str, **namespace: Any) -> str:
        page: str = await self.render_template(
            "change-password.html", own=False, person=name, min_password=accounts.MIN_PASSWORD, **namespace
        )
        return page


def new_password(handler: BaseHandler) -> str:
    """Return the new password of a submitted form; raise InvalidInput when it was typed in two ways."""
    password: str = handler.get_body_argument("new_password", "", strip=False)
    if password != handler.get_body_argument("new_password_confirmation", "", strip=False):
        raise InvalidInput(MISMATCH)
    return password
