"""A learner's real server, with the wheel that script/build-extension made, against a twin of the service."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nbquest.ports import free_port
from tests.factories.service_twin import TOKEN, ServiceTwin, running_twin
from tests.factories.site import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "extensions"))  # the walk over the handlers imports them

# Where script/build-extension installs to.
LEARNER = Path(os.environ.get("NBQUEST_LEARNER_ENVIRONMENT") or REPOSITORY / ".venv-learner")
LOCAL_TOKEN = "this-servers-token"


@dataclass(frozen=True, kw_only=True)
class LearnerServer:
    """A running server. `twin` is the site that it belongs to."""

    url: str
    root: Path
    twin: ServiceTwin
    log: Path

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = LOCAL_TOKEN,
        headers: dict[str, str] | None = None,
        body: bytes = b"{}",
    ) -> tuple[int, Any]:
        """Return status and decoded body (bytes where it is no JSON)."""
        all_headers = dict(headers or {}) | ({"Authorization": f"token {token}"} if token else {})
        data = body if method in {"POST", "PUT", "PATCH"} else None
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=all_headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, content = error.code, error.read()
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content


@contextlib.contextmanager
def learner_server(twin: ServiceTwin, folder: Path) -> Iterator[LearnerServer]:
    """Run JupyterLab from the learners' environment."""
    root, home, log = folder / "root", folder / "home", folder / "server.log"
    root.mkdir(parents=True)
    home.mkdir()
    port = free_port()
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "NBQUEST_"))}
    environment = outside | {
        "HOME": str(home),
        "NBQUEST_SERVICE_URL": twin.url,
        "JUPYTERHUB_API_TOKEN": TOKEN,
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    command = [
        str(LEARNER / "bin" / "jupyter-lab"),
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={LOCAL_TOKEN}",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--ServerApp.log_level=INFO",
    ]
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file, start_new_session=True)
    server = LearnerServer(url=f"http://127.0.0.1:{port}/", root=root, twin=twin, log=log)
    try:
        _wait(server, process)
        yield server
    finally:
        # How a Jupyter server stops is not ours to test, and an orderly stop waits for its kernels.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(server: LearnerServer, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise AssertionError(server.log.read_text())
        with contextlib.suppress(OSError):
            if server.request("GET", "api")[0] == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the server did not start\n{server.log.read_text()}")


@pytest.fixture(scope="session")
def built_extension() -> None:
    """The wheel as it is now, in the learners' environment."""
    subprocess.run([str(REPOSITORY / "script" / "build-extension")], check=True)


@pytest.fixture
def twin() -> Iterator[ServiceTwin]:
    with running_twin() as twin:
        yield twin


@pytest.fixture(scope="module")
def server(built_extension: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LearnerServer]:
    """One server for a module's tests; each begins with an empty root and a fresh state at the twin."""
    with running_twin() as twin, learner_server(twin, tmp_path_factory.mktemp("learner")) as server:
        yield server
