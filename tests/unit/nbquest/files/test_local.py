"""How blobs lie in a folder."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

from nbquest.clock import utc_now
from nbquest.files.local import LocalBlobStore


def test_files_are_for_their_owner_only_and_nothing_half_made_stays(tmp_path: Path) -> None:
    """Mode 600 in folders of mode 700."""
    store = LocalBlobStore(tmp_path / "files")
    digest = store.put(b"x")
    path = tmp_path / "files" / digest[:2] / digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}
    assert [file.name for file in path.parent.iterdir()] == [digest]


def test_what_a_cut_off_put_left_is_removed_once_it_is_old(tmp_path: Path) -> None:
    """And is no blob until then."""
    store = LocalBlobStore(tmp_path)
    digest = store.put(b"x")
    partial = tmp_path / digest[:2] / ".partial-abc"
    partial.write_bytes(b"half")
    assert [blob.sha256 for blob in store.list_blobs(digest[0])] == [digest]
    assert store.remove_partial(utc_now() - timedelta(hours=1)) == 0
    assert store.remove_partial(utc_now() + timedelta(hours=1)) == 1
    assert not partial.exists()
    assert store.get(digest) == b"x"
