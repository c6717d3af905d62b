"""A real S3 server for the tests: a process of its own on the loopback, which keeps all in its memory."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nbquest.settings import Settings
from tests.factories.site import free_port

if TYPE_CHECKING:
    from nbquest.files.s3 import S3BlobStore

BUCKET = "nbquest-tests"
KEYS = "[default]\naws_access_key_id = tests\naws_secret_access_key = not-a-secret\n"


@dataclass(frozen=True)
class S3Server:
    """A server and a file of keys that it takes."""

    endpoint: str
    credentials: Path
    bucket: str = BUCKET

    def settings(self, url: str = f"s3://{BUCKET}", **others: Any) -> Settings:
        """Return the settings of a site whose files lie there."""
        return Settings(files_url=url, files_endpoint=self.endpoint, files_credentials=self.credentials, **others)

    def store(self, prefix: str) -> S3BlobStore:
        """Return a store of its own below this prefix."""
        from nbquest.files.s3 import open_s3_store  # takes a while to import

        return open_s3_store(self.settings(f"s3://{BUCKET}/{prefix}"))

    def overwrite(self, key: str, content: bytes) -> None:
        """Change an object behind the store's back."""
        self.client().put_object(Bucket=BUCKET, Key=key, Body=content)

    def client(self) -> Any:
        """Return botocore's own client, which shares nothing with the store."""
        from botocore.session import get_session

        return get_session().create_client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="tests",
            aws_secret_access_key="not-a-secret",
        )


@contextlib.contextmanager
def running_s3(folder: Path, address: str = "127.0.0.1") -> Iterator[S3Server]:
    """Run a server with the bucket for as long, on this address."""
    port = free_port()
    log = folder / "s3.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", address, "-p", str(port)],
            stdout=output,
            stderr=output,
        )
    try:
        credentials = folder / "keys"
        credentials.touch(mode=0o600)
        credentials.write_text(KEYS)
        server = S3Server(f"http://{address}:{port}", credentials)
        for _ in range(300):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{server.endpoint}/moto-api/"):
                break
            if process.poll() is not None:
                pytest.fail(f"the S3 server ended: {log.read_text()[-2000:]}")
            time.sleep(0.1)
        server.client().create_bucket(Bucket=BUCKET)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The run's S3 server."""
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server
