"""Blobs in a bucket of S3, or of anything that speaks as S3 does."""

from __future__ import annotations

import configparser
import contextlib
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError
from s3fs import S3FileSystem

from nbquest.errors import SettingsError
from nbquest.files.errors import BlobDamaged, BlobNotFound, BlobStoreUnavailable
from nbquest.files.store import StoredBlob, digest_of, require_digest, require_digit
from nbquest.settings import Settings

CONNECT_SECONDS = 5
READ_SECONDS = 30
ATTEMPTS = 3
"""How often a request is sent before the store counts as unreachable; botocore waits between, up to some seconds."""
ONE_REQUEST = 2**30
"""Bytes up to which a blob is put by one request, which S3 carries out whole or not at all."""


class S3BlobStore:
    """Keeps blobs as objects named `prefix/<first two digits>/<digest>`."""

    def __init__(self, filesystem: S3FileSystem, bucket: str, prefix: str = "") -> None:
        self._filesystem = filesystem
        self._root = f"{bucket}/{prefix}".rstrip("/")

    def put(self, content: bytes) -> str:
        """Keep the bytes, by one request; S3 answers when they are safe."""
        digest = digest_of(content)
        with self._reaching():
            self._filesystem.pipe_file(self._path(digest), content, chunksize=ONE_REQUEST)
        return digest

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked. Raises BlobNotFound, BlobDamaged."""
        path = self._path(sha256)
        with self._reaching():
            try:
                content: bytes = self._filesystem.cat_file(path)
            except FileNotFoundError as error:
                if _is_bucket_missing(error):
                    raise
                raise BlobNotFound(sha256=sha256) from None
        if digest_of(content) != sha256:
            raise BlobDamaged(sha256=sha256)
        return content

    def list_blobs(self, digit: str) -> list[StoredBlob]:
        """Return the blobs whose digest begins so."""
        require_digit(digit)
        with self._reaching():
            try:
                objects = self._filesystem.find(f"{self._root}/", prefix=digit, detail=True)
            except FileNotFoundError as error:
                if _is_bucket_missing(error):
                    raise
                return []
        found = []
        for path, facts in objects.items():
            name = path.rpartition("/")[2]
            with contextlib.suppress(BlobNotFound):
                require_digest(name)
                found.append(StoredBlob(sha256=name, size=facts["size"], stored_at=_utc(facts["LastModified"])))
        return found

    def remove(self, sha256: str) -> None:
        """Forget the bytes."""
        path = self._path(sha256)
        with self._reaching():
            try:
                self._filesystem.rm_file(path)
            except FileNotFoundError as error:
                if _is_bucket_missing(error):
                    raise

    def remove_partial(self, before: datetime) -> int:
        """There is never any: a put is one request."""
        return 0

    def _path(self, digest: str) -> str:
        require_digest(digest)
        return f"{self._root}/{digest[:2]}/{digest}"

    @contextlib.contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (OSError, BotoCoreError, ClientError, aiohttp.ClientError) as error:
            raise BlobStoreUnavailable(f"s3://{self._root}: {error}") from error


def open_s3_store(settings: Settings) -> S3BlobStore:
    """Return the store that the settings name. Raises SettingsError; asks nothing of the server yet."""
    place = urlsplit(settings.files_url or "")
    credentials = {} if settings.files_credentials is None else read_credentials(settings.files_credentials)
    style = {} if settings.files_endpoint is None else {"s3": {"addressing_style": "path"}}
    region = settings.files_region or (None if settings.files_endpoint is None else "us-east-1")
    filesystem = S3FileSystem(
        endpoint_url=settings.files_endpoint,
        client_kwargs={} if region is None else {"region_name": region},
        config_kwargs={
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            "retries": {"total_max_attempts": ATTEMPTS, "mode": "standard"},
            # Servers other than Amazon's may not know the newer checksums; names are checked on reading anyway.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
            **style,
        },
        max_concurrency=1,  # more would ask for the size first
        use_listings_cache=False,
        skip_instance_cache=True,
        **credentials,
    )
    filesystem.retries = 1  # botocore tries again; both together would multiply
    return S3BlobStore(filesystem, place.netloc, place.path.strip("/"))


def read_credentials(path: Path) -> dict[str, str]:
    """Return the `[default]` keys of a credentials file in Amazon's form. Raises SettingsError; never shows a value."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"files_credentials: {path} can't be read: {error}") from None
    if mode & 0o077:
        raise SettingsError(f"files_credentials: others may read {path}: chmod 600 it.")
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
        section = parser["default"]
        credentials = {"key": section["aws_access_key_id"], "secret": section["aws_secret_access_key"]}
    except (configparser.Error, KeyError):
        raise SettingsError(
            f"files_credentials: {path} needs a section [default] with aws_access_key_id and aws_secret_access_key."
        ) from None
    token = section.get("aws_session_token")
    return credentials | ({"token": token} if token else {})


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _is_bucket_missing(error: FileNotFoundError) -> bool:
    """Return whether it is the bucket that isn't there; s3fs says the same of a missing object."""
    response = getattr(error.__cause__, "response", None) or {}
    return bool(response.get("Error", {}).get("Code") == "NoSuchBucket")
