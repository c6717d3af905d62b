"""The one source of time. Every time in nbquest is an aware UTC datetime."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    return datetime.now(UTC)
