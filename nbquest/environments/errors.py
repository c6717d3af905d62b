"""Errors about environments."""

from __future__ import annotations

from nbquest.errors import InvalidInput, NbquestError


class UnusablePackages(InvalidInput):
    """The packages that a course asks for can't be used."""

    code = "unusable-packages"


class EnvironmentBuildFailed(NbquestError):
    """The packages of a course could not be installed."""

    code = "environment-build-failed"


class EnvironmentMissing(NbquestError):
    """The packages of this course are not installed on this site: `nbquest environments build` installs them."""

    code = "environment-missing"
