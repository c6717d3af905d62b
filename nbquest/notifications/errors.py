"""Errors about notifications."""

from nbquest.errors import NotFound


class NotificationNotFound(NotFound):
    """There is no such notification."""

    code = "notification-not-found"
