"""Blobs in a local folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from nbquest.files.errors import BlobDamaged, BlobNotFound, BlobStoreUnavailable
from nbquest.files.store import StoredBlob, digest_of, require_digest, require_digit

PARTIAL = ".partial-"


class LocalBlobStore:
    """Keeps blobs as files of mode 600 in `folder/<first two digits>/<digest>`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep the bytes; on return the file and its name are on disk, or neither is."""
        digest = digest_of(content)
        path = self._path(digest)
        with self._reaching():
            if _renew(path, len(content)):
                return digest
            for folder in (self._folder, path.parent):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=PARTIAL)  # mode 600
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    Path(name).unlink()
                raise
            _sync_folder(path.parent)
        return digest

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked. Raises BlobNotFound, BlobDamaged."""
        path = self._path(sha256)
        with self._reaching():
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                raise BlobNotFound(sha256=sha256) from None
        if digest_of(content) != sha256:
            raise BlobDamaged(sha256=sha256)
        return content

    def list_blobs(self, digit: str) -> list[StoredBlob]:
        """Return the blobs whose digest begins so; what is half put is none."""
        require_digit(digit)
        found = []
        with self._reaching():
            for path in self._entries(digit):
                with contextlib.suppress(FileNotFoundError, BlobNotFound):
                    require_digest(path.name)
                    status = path.stat()
                    stored_at = datetime.fromtimestamp(status.st_mtime, UTC)
                    found.append(StoredBlob(sha256=path.name, size=status.st_size, stored_at=stored_at))
        return found

    def remove(self, sha256: str) -> None:
        """Forget the bytes."""
        path = self._path(sha256)
        with self._reaching():
            path.unlink(missing_ok=True)

    def remove_partial(self, before: datetime) -> int:
        """Remove what puts that were cut off before this moment left."""
        removed = 0
        with self._reaching():
            for path in self._folder.glob(f"*/{PARTIAL}*"):
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime <= before.timestamp():
                        path.unlink()
                        removed += 1
        return removed

    def _path(self, digest: str) -> Path:
        require_digest(digest)
        return self._folder / digest[:2] / digest

    def _entries(self, digit: str) -> Iterator[Path]:
        # Not glob, which passes over a folder that can't be read as if it were empty.
        if not self._folder.exists():
            return
        for folder in self._folder.iterdir():
            if folder.name.startswith(digit) and len(folder.name) == 2:
                yield from folder.iterdir()

    @contextlib.contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BlobStoreUnavailable(f"{self._folder}: {error.strerror or error}") from error


def _renew(path: Path, size: int) -> bool:
    """Say that what is there is wanted again; False where it isn't, or isn't whole."""
    try:
        if path.stat().st_size != size:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    _sync_folder(path.parent)  # another put may have made it this moment
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
