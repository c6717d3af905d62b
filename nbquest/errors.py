"""The exception tree: every error that nbquest raises on purpose.

    NbquestError
      SettingsError           a setting can't be used
      NotFound                what was asked for does not exist, or may not be seen
      NotAllowed              signed in, but without the role that this needs
      NotSignedIn             no valid session or token
      InvalidInput            the request can't be understood
      Conflict                it contradicts what is already stored
      StartError              the site can't be started; the message says what to do

Each room adds a few of its own in its `errors.py`. The docstring of a class is its default message; `code` is what
programs read, `http_status` what the web answers.
"""

from __future__ import annotations

from typing import Any, ClassVar


class NbquestError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.details = details
        super().__init__(self.message)


class SettingsError(NbquestError):
    """A setting can't be used."""

    code = "invalid-setting"


class NotFound(NbquestError):
    """There is nothing here, or nothing that you may see."""

    code = "not-found"
    http_status = 404


class NotAllowed(NbquestError):
    """Your role does not allow this."""

    code = "not-allowed"
    http_status = 403


class NotSignedIn(NbquestError):
    """Please sign in first."""

    code = "not-signed-in"
    http_status = 401


class InvalidInput(NbquestError):
    """The request can't be understood."""

    code = "invalid-input"
    http_status = 422


class Conflict(NbquestError):
    """This contradicts what is already stored."""

    code = "conflict"
    http_status = 409


class StartError(NbquestError):
    """The site can't be started."""

    code = "cannot-start"
