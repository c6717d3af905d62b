"""Blob storage: bytes in, their SHA-256 out."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from nbquest.clock import utc_now
from nbquest.files.errors import BlobNotFound
from nbquest.settings import Settings

SHA256 = re.compile(r"[0-9a-f]{64}")
DIGITS = "0123456789abcdef"
"""What a digest can begin with: blobs are listed by it."""


@dataclass(frozen=True, kw_only=True)
class StoredBlob:
    """A blob that is there: its size in bytes, and when it was last put."""

    sha256: str
    size: int
    stored_at: datetime


class BlobStore(Protocol):
    """Where bytes are kept. What is put twice is kept once; nothing is ever changed.

    Each function raises BlobStoreUnavailable where the store can't be reached, is full, or refuses us.
    """

    def put(self, content: bytes) -> str:
        """Keep the bytes, all or none of them; return their SHA-256 in hexadecimal. On return they are safe.

        What a row is to name is put through `nbquest.files.keeping.keep`, which holds it against collection.
        """

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked against their name. Raises BlobNotFound, BlobDamaged."""

    def list_blobs(self, digit: str) -> list[StoredBlob]:
        """Return the blobs whose digest begins with this hexadecimal digit, in no order."""

    def remove(self, sha256: str) -> None:
        """Forget the bytes; what isn't there is no error."""

    def remove_partial(self, before: datetime) -> int:
        """Remove what puts that were cut off before this moment left; return how many there were."""


class MemoryBlobStore:
    """Keeps blobs in this process: the tests' twin of the others."""

    def __init__(self) -> None:
        self._blobs: dict[str, tuple[bytes, datetime]] = {}

    def put(self, content: bytes) -> str:
        """Keep the bytes; return their SHA-256."""
        digest = digest_of(content)
        self._blobs[digest] = content, utc_now()
        return digest

    def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises BlobNotFound."""
        try:
            return self._blobs[sha256][0]
        except KeyError:
            raise BlobNotFound(sha256=sha256) from None

    def list_blobs(self, digit: str) -> list[StoredBlob]:
        """Return the blobs whose digest begins so."""
        require_digit(digit)
        return [
            StoredBlob(sha256=digest, size=len(content), stored_at=stored_at)
            for digest, (content, stored_at) in list(self._blobs.items())
            if digest.startswith(digit)
        ]

    def remove(self, sha256: str) -> None:
        """Forget the bytes."""
        self._blobs.pop(sha256, None)

    def remove_partial(self, before: datetime) -> int:
        """There is never any."""
        return 0


def digest_of(content: bytes) -> str:
    """Return the name of these bytes: their SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def require_digest(sha256: str) -> None:
    """Raise BlobNotFound for what is no digest: no name may lead out of the store."""
    if not SHA256.fullmatch(sha256):
        raise BlobNotFound(sha256=sha256)


def require_digit(digit: str) -> None:
    """Raise ValueError for what no digest can begin with."""
    if len(digit) != 1 or digit not in DIGITS:
        raise ValueError(f"{digit!r} is not a hexadecimal digit")


def open_blob_store(settings: Settings) -> BlobStore:
    """Return the site's blob store. Raises SettingsError; reaches for nothing yet."""
    if settings.files_in_s3:
        from nbquest.files.s3 import open_s3_store  # noqa: PLC0415 - a second to import, and only some sites need it

        return open_s3_store(settings)
    from nbquest.files.local import LocalBlobStore  # noqa: PLC0415 - it stands on this module

    return LocalBlobStore(settings.blobs_dir)
