"""Errors about people."""

from nbquest.errors import InvalidInput, NotFound


class PersonNotFound(NotFound):
    """There is nobody of this name."""

    code = "person-not-found"


class InvalidName(InvalidInput):
    """A person's name is the Hub's user name: 1 to 255 characters, no spaces around it, no slash."""

    code = "invalid-name"


class UnknownTimeZone(InvalidInput):
    """There is no such time zone; write it as in Europe/Berlin."""

    code = "unknown-time-zone"


class NoSuchCourse(NotFound):
    """There is no course of this name."""

    code = "unknown-course"
