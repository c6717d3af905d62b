"""Blob storage: bytes in, their SHA-256 out."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from nbquest.errors import NbquestError, NotFound
from nbquest.settings import Settings

SHA256 = re.compile(r"[0-9a-f]{64}")


class BlobNotFound(NotFound):
    """A stored file is missing."""

    code = "blob-not-found"


class BlobDamaged(NbquestError):
    """A stored file is not what was stored."""

    code = "blob-damaged"


class BlobStore(Protocol):
    """Where bytes are kept. What is put twice is kept once; nothing is ever changed."""

    def put(self, content: bytes) -> str:
        """Keep the bytes; return their SHA-256 in hexadecimal. On return they are safe on disk."""

    def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises BlobNotFound, BlobDamaged."""


class MemoryBlobStore:
    """Keeps blobs in this process: the tests' twin of the local store."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        """Keep the bytes; return their SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        self._blobs[digest] = content
        return digest

    def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises BlobNotFound."""
        try:
            return self._blobs[sha256]
        except KeyError:
            raise BlobNotFound(sha256=sha256) from None


class LocalBlobStore:
    """Keeps blobs as files of mode 600 in `folder/<first two digits>/<digest>`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep the bytes; on return the file and its name are on disk, or neither is."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if path.exists():
            return digest
        for folder in (self._folder, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")  # mode 600
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
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise BlobNotFound(sha256=sha256) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BlobDamaged(sha256=sha256)
        return content

    def _path(self, digest: str) -> Path:
        if not SHA256.fullmatch(digest):
            raise BlobNotFound(sha256=digest)
        return self._folder / digest[:2] / digest


def open_blob_store(settings: Settings) -> BlobStore:
    """Return the site's blob store."""
    return LocalBlobStore(settings.blobs_dir)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
