"""The site's secrets on disk."""

from __future__ import annotations

import stat
from pathlib import Path

from hub_config import secrets


def test_a_secret_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = secrets.read_or_make(folder, "proxy_token")
    assert len(first) == 64
    assert secrets.read_or_make(folder, "proxy_token") == first
    assert secrets.read_or_make(folder, "cookie_secret") != first
    assert stat.S_IMODE((folder / "proxy_token").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["cookie_secret", "proxy_token"]
