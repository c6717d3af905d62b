"""Errors about similar passages."""

from nbquest.errors import NotFound


class NotCompared(NotFound):
    """One of these submissions is not among those of the assignment that are compared: the one of each learner."""

    code = "not-compared"
