"""Puts what a row of the same transaction is to name, so that a collection can't remove it before the row is seen."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from nbquest.files.store import BlobStore, digest_of

LOCKS = 0x66696C65
"""Class of the advisory locks (the letters of file); the second number is a digest's first two digits."""
_HOLD = text("SELECT pg_advisory_xact_lock_shared(:locks, :shard)")
_TAKE = text("SELECT pg_try_advisory_xact_lock(:locks, :shard)")


def keep(session: Session, blobs: BlobStore, content: bytes) -> str:
    """Put the bytes and hold them until the transaction ends; return their SHA-256. Raises BlobStoreUnavailable.

    Holds do not wait for each other. They wait while a collection removes blobs of the same shard, which it does not
    begin while anybody holds it.
    """
    session.execute(_HOLD, {"locks": LOCKS, "shard": _number(digest_of(content)[:2])})
    return blobs.put(content)


def take_shard(session: Session, shard: str) -> bool:
    """Take the shard for a collection until the transaction ends; False where somebody holds blobs of it.

    It never waits: a waiting collection would make every later put wait with it.
    """
    return bool(session.scalar(_TAKE, {"locks": LOCKS, "shard": _number(shard)}))


def _number(shard: str) -> int:
    return int(shard, 16)
