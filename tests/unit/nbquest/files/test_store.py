"""Both blob stores keep what they are given."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbquest.files.store import BlobDamaged, BlobNotFound, BlobStore, LocalBlobStore, MemoryBlobStore


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """Each store in turn."""
    return LocalBlobStore(tmp_path / "files") if request.param == "local" else MemoryBlobStore()


def test_what_is_put_can_be_got(store: BlobStore) -> None:
    """Under its SHA-256, however often it is put."""
    digest = store.put(b"notebook")
    assert digest == hashlib.sha256(b"notebook").hexdigest()
    assert store.put(b"notebook") == digest
    assert store.get(digest) == b"notebook"


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64, "0" * 63 + "\n"])
def test_what_is_not_there_is_said_so(store: BlobStore, name: str) -> None:
    """Also what is no digest at all: no name leads out of the folder."""
    with pytest.raises(BlobNotFound):
        store.get(name)


@given(st.binary(max_size=2000))
def test_any_bytes_come_back(content: bytes) -> None:
    """Whatever they are."""
    store = MemoryBlobStore()
    assert store.get(store.put(content)) == content


def test_files_are_for_their_owner_only_and_nothing_half_made_stays(tmp_path: Path) -> None:
    """Mode 600 in folders of mode 700."""
    store = LocalBlobStore(tmp_path / "files")
    digest = store.put(b"x")
    path = tmp_path / "files" / digest[:2] / digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}
    assert [file.name for file in path.parent.iterdir()] == [digest]


def test_a_damaged_file_is_noticed(tmp_path: Path) -> None:
    """Bytes that are not what was put are never given out."""
    store = LocalBlobStore(tmp_path)
    digest = store.put(b"x")
    (tmp_path / digest[:2] / digest).write_bytes(b"y")
    with pytest.raises(BlobDamaged):
        store.get(digest)
