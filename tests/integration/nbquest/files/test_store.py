"""What every blob store promises, tried with each: in memory, in a folder, on an S3 server."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbquest.clock import utc_now
from nbquest.files.errors import BlobDamaged, BlobNotFound, BlobStoreUnavailable
from nbquest.files.local import LocalBlobStore
from nbquest.files.s3 import S3BlobStore
from nbquest.files.store import DIGITS, BlobStore, MemoryBlobStore, open_blob_store
from nbquest.settings import Settings
from tests.factories.s3 import S3Server
from tests.factories.site import free_port


@dataclass(frozen=True)
class Kept:
    """A store, and how to change what it holds behind its back."""

    store: BlobStore
    overwrite: Callable[[str, bytes], object] | None


@pytest.fixture(params=["memory", "local", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    """Each store in turn, empty."""
    if request.param == "memory":
        return Kept(MemoryBlobStore(), None)
    if request.param == "local":
        folder = tmp_path / "files"
        return Kept(LocalBlobStore(folder), lambda digest, new: (folder / digest[:2] / digest).write_bytes(new))
    server: S3Server = request.getfixturevalue("s3")
    prefix = uuid.uuid4().hex
    return Kept(server.store(prefix), lambda digest, new: server.overwrite(f"{prefix}/{digest[:2]}/{digest}", new))


@pytest.fixture
def store(kept: Kept) -> BlobStore:
    """The store alone."""
    return kept.store


def names(store: BlobStore) -> set[str]:
    """Return the names of all that is kept."""
    return {blob.sha256 for digit in DIGITS for blob in store.list_blobs(digit)}


def test_what_is_put_can_be_got(store: BlobStore) -> None:
    """Under its SHA-256, however often it is put."""
    digest = store.put(b"notebook")
    assert digest == hashlib.sha256(b"notebook").hexdigest()
    assert store.put(b"notebook") == digest
    assert store.get(digest) == b"notebook"
    (blob,) = store.list_blobs(digest[0])
    assert (blob.sha256, blob.size) == (digest, 8)
    assert abs(utc_now() - blob.stored_at) < timedelta(hours=1)
    assert blob.stored_at.utcoffset() == timedelta(0)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=2000))
def test_any_bytes_come_back(store: BlobStore, content: bytes) -> None:
    """Whatever they are."""
    assert store.get(store.put(content)) == content


def test_a_large_blob_comes_back(store: BlobStore) -> None:
    """In one piece, though libraries would put it in several."""
    content = bytes(range(256)) * (120 * 2**20 // 256)
    assert store.get(store.put(content)) == content


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64, "0" * 63 + "\n"])
def test_what_is_not_there_is_said_so(store: BlobStore, name: str) -> None:
    """Also what is no digest at all: no name leads out of the store."""
    with pytest.raises(BlobNotFound):
        store.get(name)


def test_a_damaged_blob_is_noticed_and_mended_by_the_next_put(kept: Kept) -> None:
    """Bytes that are not what was put are never given out; cut-off ones are replaced."""
    if kept.overwrite is None:
        return  # nobody else reaches this process's memory
    digest = kept.store.put(b"whole")
    for damage in (b"whol3", b"who", b""):
        kept.overwrite(digest, damage)
        with pytest.raises(BlobDamaged):
            kept.store.get(digest)
    kept.store.put(b"whole")
    assert kept.store.get(digest) == b"whole"


def test_what_is_removed_is_gone_and_can_be_put_again(store: BlobStore) -> None:
    """Removing twice is no error."""
    digest = store.put(b"x")
    store.remove(digest)
    store.remove(digest)
    assert store.list_blobs(digest[0]) == []
    with pytest.raises(BlobNotFound):
        store.get(digest)
    assert store.get(store.put(b"x")) == b"x"


def test_everything_is_listed_once(store: BlobStore) -> None:
    """Nothing that wasn't put."""
    put = {store.put(str(number).encode()) for number in range(50)}
    assert names(store) == put
    assert store.remove_partial(utc_now()) == 0
    for wrong in ("", "x", "..", "/", "00", "A"):
        with pytest.raises(ValueError, match="hexadecimal"):
            store.list_blobs(wrong)


def test_many_may_put_the_same_at_once(store: BlobStore) -> None:
    """Each of them can read it when its put returns."""

    def put_and_get(number: int) -> bytes:
        return store.get(store.put(b"shared" * (1 + number % 3)))

    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(put_and_get, range(60)))
    assert read == [b"shared" * (1 + number % 3) for number in range(60)]
    assert len(names(store)) == 3


UNREACHABLE: dict[str, Callable[[Path], Settings]] = {
    "a file where the folder should be": lambda folder: Settings(files_url=str(folder / "file")),
    "no server": lambda folder: Settings(
        files_url="s3://bucket", files_endpoint=f"http://127.0.0.1:{free_port()}", files_credentials=folder / "keys"
    ),
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_a_store_that_can_not_be_reached_is_one_clear_error(tmp_path: Path, case: str) -> None:
    """Whatever is asked of it; the reason is kept apart from what people are shown."""
    (tmp_path / "file").touch()
    (tmp_path / "keys").touch(mode=0o600)
    (tmp_path / "keys").write_text("[default]\naws_access_key_id = id-of-ours\naws_secret_access_key = a-secret\n")
    store = open_blob_store(UNREACHABLE[case](tmp_path))
    for ask in (
        lambda: store.put(b"x"),
        lambda: store.get("0" * 64),
        lambda: store.list_blobs("0"),
        lambda: store.remove("0" * 64),
    ):
        with pytest.raises(BlobStoreUnavailable) as caught:
            ask()
        assert caught.value.http_status == 503
        assert caught.value.reason
        assert caught.value.reason not in caught.value.message
        assert "a-secret" not in caught.value.reason


def test_a_missing_bucket_is_not_a_missing_blob(s3: S3Server) -> None:
    """Else a wrong setting would read as lost work."""
    store = open_blob_store(s3.settings("s3://no-such-bucket/files"))
    assert isinstance(store, S3BlobStore)
    for ask in (
        lambda: store.put(b"x"),
        lambda: store.get("0" * 64),
        lambda: store.list_blobs("0"),
        lambda: store.remove("0" * 64),
    ):
        with pytest.raises(BlobStoreUnavailable, match="Nothing of this was kept") as caught:
            ask()
        assert "bucket" in caught.value.reason
