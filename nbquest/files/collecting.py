"""Collection: removes the stored files that no row names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from sqlalchemy import Engine

from nbquest.clock import utc_now
from nbquest.db import migrate
from nbquest.db.engine import session_scope
from nbquest.files.columns import list_named
from nbquest.files.keeping import take_shard
from nbquest.files.store import DIGITS, BlobStore, StoredBlob

ASKED_AT_ONCE = 20_000
REMOVED_AT_ONCE = 100
"""Blobs removed under one hold of their shard; who puts into it waits for as long."""


@dataclass(kw_only=True)
class Collected:
    """What a collection came to: blobs and bytes removed (or, in a dry run, to be removed).

    `busy`: blobs left for the next time, as something was being put beside them. `partial`: remains of puts that
    were cut off. `stopped`: it was told to stop before it had seen everything.
    """

    looked_at: int = 0
    removed: int = 0
    bytes: int = 0
    busy: int = 0
    partial: int = 0
    stopped: bool = False


def collect_blobs(
    engine: Engine,
    blobs: BlobStore,
    *,
    grace: timedelta,
    dry_run: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Collected:
    """Remove the blobs that are older than `grace` and that no row names. Safe beside puts by `keeping.keep`.

    Each transaction is short, so that a collection can be stopped at any time, as when `stop` says so, and begun again.
    Raises BlobStoreUnavailable; what was removed until then stays removed. Raises DatabaseOfAnotherVersion where the
    database may have tables that name files and that this version does not know.
    """
    before = utc_now() - grace
    collected = Collected()
    for digit in DIGITS:
        migrate.require_current(engine)
        listed = blobs.list_blobs(digit)
        collected.looked_at += len(listed)
        old = [blob for blob in listed if blob.stored_at <= before]
        unnamed = _without_named(engine, sorted(old, key=lambda blob: blob.sha256))
        for shard, group in groupby(unnamed, key=lambda blob: blob.sha256[:2]):
            for chunk in _chunks(list(group), REMOVED_AT_ONCE):
                if stop():
                    collected.stopped = True
                    return collected
                _remove(engine, blobs, shard, chunk, collected, dry_run=dry_run)
    if not dry_run:
        collected.partial = blobs.remove_partial(before)
    return collected


def _without_named(engine: Engine, found: Sequence[StoredBlob]) -> list[StoredBlob]:
    unnamed = []
    for chunk in _chunks(found, ASKED_AT_ONCE):
        with session_scope(engine) as session:
            named = list_named(session, [blob.sha256 for blob in chunk])
        unnamed += [blob for blob in chunk if blob.sha256 not in named]
    return unnamed


def _remove(
    engine: Engine,
    blobs: BlobStore,
    shard: str,
    unnamed: Sequence[StoredBlob],
    collected: Collected,
    *,
    dry_run: bool,
) -> None:
    with session_scope(engine) as session:
        if not take_shard(session, shard):
            collected.busy += len(unnamed)
            return
        # Rows that came since the first look. From here on nobody can put into the shard, so the answer stays true.
        named = list_named(session, [blob.sha256 for blob in unnamed])
        for blob in unnamed:
            if blob.sha256 in named:
                continue
            if not dry_run:
                blobs.remove(blob.sha256)
            collected.removed += 1
            collected.bytes += blob.size


def _chunks(found: Sequence[StoredBlob], size: int) -> Iterator[Sequence[StoredBlob]]:
    for start in range(0, len(found), size):
        yield found[start : start + size]
