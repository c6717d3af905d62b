"""Settings: read once, refused with a sentence that names what is wrong."""

from pathlib import Path

import pytest

from nbquest.errors import SettingsError
from nbquest.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"NBQUEST_{name.upper()}", raising=False)


def test_defaults_need_nothing() -> None:
    settings = load_settings()
    assert settings.spawner == "auto"
    assert not settings.insecure


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nbquest.toml").write_text('port = 9001\nhost = "0.0.0.0"\n')
    monkeypatch.setenv("NBQUEST_PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.host) == (9002, "0.0.0.0")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("NBQUEST_PORT", "eighty", "port"),
        ("NBQUEST_PORT", "70000", "port"),
        ("NBQUEST_SPAWNER", "kubernetes", "spawner"),
        ("NBQUEST_SPAWNR", "local", "NBQUEST_SPAWNR"),
        ("NBQUEST_FILES_URL", "https://bucket/prefix", "files_url"),
        ("NBQUEST_FILES_URL", "s3:///prefix", "files_url"),
        ("NBQUEST_FILES_URL", "files", "files_url"),
        ("NBQUEST_FILES_URL", "s3://key:secret@bucket", "files_url"),
    ],
)
def test_a_wrong_value_or_name_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=says):
        load_settings()


@pytest.mark.parametrize("text", ["port = ", "no_such_setting = 1\n"])
def test_a_wrong_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "nbquest.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"Can't read"):
        load_settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBQUEST_DATABASE_URL", "postgresql+psycopg://someone:a-secret@host/db")
    assert "a-secret" not in repr(load_settings())


def test_an_address_with_keys_is_refused_without_showing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBQUEST_FILES_URL", "s3://key:a-secret@bucket")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "a-secret" not in caught.value.message


def test_where_files_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().blobs_dir == load_settings().data_dir / "files"
    monkeypatch.setenv("NBQUEST_FILES_URL", "/srv/files")
    assert (load_settings().blobs_dir, load_settings().files_in_s3) == (Path("/srv/files"), False)
    monkeypatch.setenv("NBQUEST_FILES_URL", "s3://bucket/a/b")
    assert load_settings().files_in_s3
