"""What of the Hub's environment its services get."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub_config.services import service_environment
from hub_config.site import Site
from nbquest.settings import Settings


def test_the_web_service_gets_the_settings_and_the_file_stores_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And nothing else that lies around."""
    monkeypatch.setenv("NBQUEST_FILES_URL", "s3://bucket")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("SOMETHING_ELSE", "x")
    given = service_environment(Site.open(Settings(data_dir=tmp_path)))
    assert (given["NBQUEST_FILES_URL"], given["AWS_ACCESS_KEY_ID"]) == ("s3://bucket", "id")
    assert "SOMETHING_ELSE" not in given
