"""`nbquest doctor`: says what is wrong with a set-up, and what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbquest.cli.doctor import check_files
from nbquest.ports import free_port
from nbquest.settings import Settings
from tests.factories.s3 import S3Server
from tests.factories.site import REPOSITORY, site_environment

NBQUEST = str(Path(sys.executable).with_name("nbquest"))


def run_doctor(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [NBQUEST, "doctor"],
        cwd=REPOSITORY,
        env=environment | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.bubblewrap
def test_a_good_set_up_shows_each_protection(tmp_path: Path) -> None:
    result = run_doctor(site_environment(tmp_path / "not-there-yet", free_port(), "local"))
    assert result.returncode == 0, result.stdout
    assert "Nothing is wrong" in result.stdout
    for protection in ("no network", "own processes", "no capability", "wall timer", "tests apart from"):
        (line,) = [line for line in result.stdout.splitlines() if f"Sandbox: {protection}" in line]
        assert " on " in line
    assert "OFF" not in result.stdout
    assert "Memory" in result.stdout


def test_a_missing_environment_and_loose_secrets_are_told(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "proxy_token").write_text("x")
    (tmp_path / "secrets" / "proxy_token").chmod(0o644)
    environment = site_environment(tmp_path, free_port(), "local", learner_environment=str(tmp_path / "nowhere"))
    result = run_doctor(environment)
    assert result.returncode == 1
    assert "script/bootstrap" in result.stdout
    assert "proxy_token" in result.stdout
    assert "Traceback" not in result.stderr


def test_the_file_store_is_tried(tmp_path: Path, s3: S3Server) -> None:
    """Written, read and left as it was; where that fails, the reason is told without the keys."""
    good = Settings(data_dir=tmp_path)
    assert [(found.verdict, found.subject) for found in check_files(good)] == [("ok", "File store")]
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert [found.verdict for found in check_files(s3.settings())] == ["ok"]
    assert [found.verdict for found in check_files(Settings(data_dir=tmp_path / "nowhere"))] == ["note"]
    s3.credentials.chmod(0o644)
    (loose,) = check_files(s3.settings())
    s3.credentials.chmod(0o600)
    (missing,) = check_files(s3.settings("s3://no-such-bucket"))
    (tmp_path / "taken").touch()
    (taken,) = check_files(Settings(data_dir=tmp_path, files_url=str(tmp_path / "taken")))
    for finding, says in ((loose, "chmod 600"), (missing, "bucket does not exist"), (taken, "Not a directory")):
        assert finding.verdict == "wrong"
        assert says in finding.detail
        assert "not-a-secret" not in finding.detail
