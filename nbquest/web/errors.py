"""What the web itself raises, beside the errors of the rooms."""

from __future__ import annotations

from nbquest.errors import NbquestError, NotAllowed


class HubUnreachable(NbquestError):
    """Sign-in can't be checked right now, because the Hub does not answer. Please try again in a moment."""

    code = "hub-unreachable"
    http_status = 503


class DatabaseUnavailable(NbquestError):
    """The site's database does not answer at the moment. Nothing of this was kept; please try again in a while."""

    code = "database-unavailable"
    http_status = 503


class HubRefused(NotAllowed):
    """This account or token may not use nbquest. Ask an administrator of the site for access."""

    code = "access-denied"


class ForeignOrigin(NotAllowed):
    """This request came from another site, so it was not carried out."""

    code = "foreign-origin"


class BodyTooLarge(NbquestError):
    """This is more than the site takes in one request."""

    code = "too-large"
    http_status = 413


class BodyEncoded(NbquestError):
    """The site takes no compressed request; send it without a Content-Encoding."""

    code = "body-encoded"
    http_status = 415


class SignInFailed(NbquestError):
    """Signing in did not finish. Please start again from the home page."""

    code = "sign-in-failed"
    http_status = 400


class TooManyStreams(NbquestError):
    """Too many windows of yours wait for live updates. Close some, or reload."""

    code = "too-many-streams"
    http_status = 429


class ShuttingDown(NbquestError):
    """The site is restarting. Please try again in a moment."""

    code = "shutting-down"
    http_status = 503
