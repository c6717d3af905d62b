"""The keys of a bucket: from a file for its owner's eyes, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbquest.errors import SettingsError
from nbquest.files.s3 import read_credentials

GOOD = "[default]\naws_access_key_id = id\naws_secret_access_key = a%secret\n"


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "keys"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_keys_are_read(tmp_path: Path) -> None:
    assert read_credentials(write(tmp_path, GOOD)) == {"key": "id", "secret": "a%secret"}
    assert read_credentials(write(tmp_path, GOOD + "aws_session_token = t\n"))["token"] == "t"


@pytest.mark.parametrize(
    ("text", "mode"),
    [(GOOD, 0o644), (GOOD, 0o640), (GOOD.replace("default", "other"), 0o600), ("a%secret", 0o600), ("", 0o600)],
)
def test_what_others_may_read_or_nobody_can_is_refused(tmp_path: Path, text: str, mode: int) -> None:
    """Without showing what stands in it."""
    with pytest.raises(SettingsError) as caught:
        read_credentials(write(tmp_path, text, mode))
    assert "a%secret" not in caught.value.message
    assert "keys" in caught.value.message


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        read_credentials(tmp_path / "nowhere")
