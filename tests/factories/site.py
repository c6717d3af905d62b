"""A whole site, started as `script/server` starts it, on a data folder and a port of the test's own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbquest.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
READY = "nbquest is ready"
START_SECONDS = 300
STOP_SECONDS = 180


@dataclass(frozen=True, kw_only=True)
class RunningSite:
    """A site that answers at `url`."""

    url: str
    spawner: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    output: Path

    def password(self, name: str) -> str:
        """Return the generated password of a demo account."""
        accounts = json.loads((self.data_dir / "secrets" / "demo-accounts.json").read_text())
        return next(account["password"] for account in accounts if account["name"] == name)

    def logs(self) -> str:
        """Return what the site and its processes said, for a failure's report."""
        parts = [self.output, *sorted((self.data_dir / "logs").glob("*.log"))]
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-6000:]}" for path in parts if path.exists()
        )


def site_environment(data_dir: Path, port: int, spawner: str, **settings: str) -> dict[str, str]:
    """Return the environment of a site of the test's own; `settings` are further `NBQUEST_*` ones, in lower case."""
    ours = {"data_dir": str(data_dir), "port": str(port), "spawner": spawner, **settings}
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("NBQUEST_", "JUPYTERHUB_"))}
    return outside | {f"NBQUEST_{name.upper()}": value for name, value in ours.items()}


@contextlib.contextmanager
def running_site(spawner: str, **settings: str) -> Iterator[RunningSite]:
    """Run a demo site with `spawner`; stop it as Ctrl-C would, and check that it stopped cleanly."""
    data_dir = Path(tempfile.mkdtemp(prefix="nbq-site-"))
    data_dir.chmod(0o711)
    port = free_port()
    environment = site_environment(data_dir, port, spawner, **settings)
    output = data_dir / "serve.out"
    with output.open("wb") as file:
        command = [str(Path(sys.executable).with_name("nbquest")), "serve", "--demo"]
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    site = RunningSite(
        url=f"http://127.0.0.1:{port}",
        spawner=spawner,
        data_dir=data_dir,
        process=process,
        environment=environment,
        output=output,
    )
    try:
        _wait_until_ready(site)
        yield site
    finally:
        process.send_signal(signal.SIGINT)
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"the site did not stop\n{site.logs()}") from None
        assert status == 0, site.logs()
        shutil.rmtree(data_dir, ignore_errors=True)


def _wait_until_ready(site: RunningSite) -> None:
    deadline = time.monotonic() + START_SECONDS
    while READY not in site.output.read_text(errors="replace"):
        if site.process.poll() is not None:
            raise AssertionError(f"the site ended before it was ready\n{site.logs()}")
        if time.monotonic() > deadline:
            raise AssertionError(f"the site was not ready in {START_SECONDS} s\n{site.logs()}")
        time.sleep(0.1)
