"""The exception tree: what goes wrong inside a learner's server.

    LabError
      SiteNotConfigured    this server was not started by an nbquest site
      SiteUnreachable      the site does not answer
      SiteRefused          the site answered with an error of its own, which is passed on
      UnsafeRelease        what the site sent can't be written safely
      NotFetched           the assignment's files are not here yet
      NotANotebook         a file can't be read as a notebook
      FolderInTheWay       something else stands where the assignment's files belong

The docstring of a class is its default message; `code` is what programs read, `http_status` what the handlers answer.
"""

from __future__ import annotations

from typing import Any


class LabError(Exception):
    """Something went wrong in your server."""

    code = "error"
    http_status = 500

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.details = details
        super().__init__(self.message)


class SiteNotConfigured(LabError):
    """This server does not know an nbquest site. Start it from the site's own page: that tells it where."""

    code = "site-not-configured"
    http_status = 503


class SiteUnreachable(LabError):
    """The nbquest site does not answer. Your files are safe here; try again in a moment."""

    code = "site-unreachable"
    http_status = 502


class SiteRefused(LabError):
    """The nbquest site refused this."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message, **(details or {}))
        self.http_status = status
        self.code = code


class UnsafeRelease(LabError):
    """The site sent files that can't be written here safely, so nothing was written. Please tell your instructor."""

    code = "unsafe-release"
    http_status = 502


class NotFetched(LabError):
    """This assignment is not in your files yet. Fetch it first."""

    code = "not-fetched"
    http_status = 409


class NotANotebook(LabError):
    """A file can't be read as a notebook."""

    code = "not-a-notebook"
    http_status = 422


class FolderInTheWay(LabError):
    """Something else stands where the assignment's files belong. Rename or move it, then fetch again."""

    code = "folder-in-the-way"
    http_status = 409
