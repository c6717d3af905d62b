"""Errors about stored files."""

from __future__ import annotations

from nbquest.errors import NbquestError, NotFound


class BlobNotFound(NotFound):
    """A stored file is missing."""

    code = "blob-not-found"


class BlobDamaged(NbquestError):
    """A stored file is not what was stored."""

    code = "blob-damaged"


class BlobStoreUnavailable(NbquestError):
    """Files can't be stored or read at the moment. Nothing of this was kept; please try again in a while."""

    code = "blob-store-unavailable"
    http_status = 503

    def __init__(self, reason: str) -> None:
        # For administrators only: it may name the store's address, which is nothing for an answer.
        self.reason = reason
        super().__init__()
