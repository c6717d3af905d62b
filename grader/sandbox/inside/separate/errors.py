"""What goes wrong in the test process because of the process on the other side."""

from __future__ import annotations


class Unsupported(BaseException):
    """Something that a test does can't be done over the link; the message says what.

    No test means to catch it, so it is no Exception.
    """


class InertObject(AssertionError):
    """A test met an object of a class that the instructor's own answers never brought there."""


class NotebookEnded(Exception):
    """The student's process is gone."""
