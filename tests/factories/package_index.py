"""A package index of the tests' own: small wheels in a folder, and whether the real index answers."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.grading import GraderOptions
from nbquest.environments.store import EnvironmentStore

WHEELS = ("PIP_CONFIG_FILE", "PIP_NO_INDEX", "PIP_FIND_LINKS")


def only_wheels_of(folder: Path) -> dict[str, str]:
    """Return the environment in which `folder` is all that pip knows of an index; other `PIP_*` must not be set."""
    return dict(zip(WHEELS, (os.devnull, "1", str(folder)), strict=True))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip knows of an index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in only_wheels_of(folder).items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def store(tmp_path: Path) -> EnvironmentStore:
    """A store of the test's own, on the learners' environment."""
    return EnvironmentStore(tmp_path / "environments", GraderOptions().interpreter().parents[1])


@functools.cache
def real_index_problem() -> str | None:
    """Return None where pip reaches the index that it is set up for, else one line on what it says."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dry-run", "roman==5.2"]
    command = [part if part != "download" else "install" for part in command]
    done = subprocess.run(
        [*command, "--ignore-installed", "--quiet", "--retries=1", "--timeout=20"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode == 0:
        return None
    return f"no package index is reachable: {(done.stderr.strip().splitlines() or ['pip says nothing'])[-1]}"


def write_wheel(
    folder: Path, name: str, version: str = "1.0", files: Mapping[str, str] | None = None, needs: tuple[str, ...] = ()
) -> Path:
    """Write a wheel of `files` (by path within it; one module of its name by default) into `folder`."""
    contents = {f"{name}.py": f"VERSION = {version!r}\n"} if files is None else dict(files)
    information = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {need}\n" for need in needs)
    contents |= {
        f"{information}/METADATA": metadata,
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_hash(text)},{len(text.encode())}\n" for path, text in contents.items())
    contents[f"{information}/RECORD"] = record + f"{information}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in contents.items():
            archive.writestr(inside, text)
    return path


def _hash(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"sha256={digest}"
