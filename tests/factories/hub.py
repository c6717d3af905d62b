"""A real Hub with its proxy, on a data folder and ports of the test's own, and a person's view of it over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from nbquest.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 180
STOP_SECONDS = 120
SPAWN_SECONDS = 240
RUN_SECONDS = 120
KERNEL_DIED = "(the kernel died)"
PASSWORD = "seven quiet otters"


@dataclass(kw_only=True)
class RunningHub:
    """A Hub that answers at `url`."""

    url: str
    data_dir: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def log_file(self) -> Path:
        """What the Hub and its services said."""
        return self.data_dir / "hub.log"

    def logs(self) -> str:
        """Return the ends of all logs, for a failure's report."""
        files = [self.log_file, *sorted((self.data_dir / "logs" / "servers").glob("*.log"))]
        return "\n".join(
            f"--- {file.name}\n{file.read_text(errors='replace')[-6000:]}" for file in files if file.exists()
        )

    def start(self) -> None:
        """Start the Hub and wait until it answers."""
        with self.log_file.open("ab") as log:
            command = [sys.executable, "-m", "jupyterhub", "-f", str(REPOSITORY / "jupyterhub_config.py")]
            self.process = subprocess.Popen(
                command, cwd=REPOSITORY, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._answers, START_SECONDS, self.logs)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the Hub ended\n{self.logs()}"
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/hub/health").status_code == 200
        return False

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop the Hub as a supervisor would, or kill it with `SIGKILL`."""
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise AssertionError(f"the Hub did not stop\n{self.logs()}") from None
        self.process = None

    def person(self, name: str = "", password: str = PASSWORD) -> Person:
        """Return somebody who has signed up."""
        person = Person(hub=self, name=name or f"ada-{uuid.uuid4().hex[:6]}", password=password)
        answer = person.sign_up()
        assert answer.status_code == 302, f"{answer.status_code}: {problem_of(answer)}\n{self.logs()}"
        return person


@dataclass(kw_only=True)
class Person:
    """A browser's view of the site."""

    hub: RunningHub
    name: str
    password: str = PASSWORD
    token: str = ""

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.hub.url, follow_redirects=False, timeout=120)
        self.hub.clients.append(self.http)

    def submit(self, path: str, **fields: str) -> httpx.Response:
        """Open the page at `path`, fill in its form, submit it."""
        page = self.http.get(path)
        found = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert found, f"no form at {path}: {page.status_code}"
        return self.http.post(path, data={"_xsrf": found.group(1), **fields})

    def sign_up(self, confirmation: str | None = None) -> httpx.Response:
        """Sign up; a redirect means success."""
        again = self.password if confirmation is None else confirmation
        fields = {"username": self.name, "signup_password": self.password, "signup_password_confirmation": again}
        return self.submit("/hub/signup", **fields)

    def sign_in(self) -> httpx.Response:
        """Sign in; a redirect means success."""
        return self.submit("/hub/login", username=self.name, password=self.password)

    def make_token(self) -> str:
        """Return a token that may do all that the person may."""
        if not self.token:
            home = self.http.get("/hub/home")
            found = re.search(r'xsrf_token: "([^"]+)"', home.text)
            assert found, f"{home.status_code} {home.headers}"
            answer = self.http.post(
                f"/hub/api/users/{self.name}/tokens",
                headers={"X-XSRFToken": found.group(1), "Referer": f"{self.hub.url}/hub/home"},
                json={},
            )
            answer.raise_for_status()
            self.token = answer.json()["token"]
        return self.token

    def api(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Call the site with the person's token."""
        headers = {"Authorization": f"token {self.make_token()}"}
        return httpx.request(method, f"{self.hub.url}{path}", headers=headers, timeout=120, **arguments)

    def spawn(self) -> None:
        """Start the person's server and wait until it is ready."""
        answer = self.api("POST", f"/hub/api/users/{self.name}/server")
        assert answer.status_code in (201, 202), f"{answer.text}\n{self.hub.logs()}"
        wait_until(self.is_ready, SPAWN_SECONDS, self.hub.logs)

    def is_ready(self) -> bool:
        """Tell whether the Hub calls the person's server ready."""
        servers = self.api("GET", f"/hub/api/users/{self.name}").json().get("servers", {})
        return bool(servers.get("", {}).get("ready"))

    def stop_server(self) -> None:
        """Stop the person's server and wait until it is gone."""
        self.api("DELETE", f"/hub/api/users/{self.name}/server").raise_for_status()
        wait_until(
            lambda: not self.api("GET", f"/hub/api/users/{self.name}").json().get("servers"),
            STOP_SECONDS,
            self.hub.logs,
        )

    def run(self, code: str, kernel: str = "python3") -> str:
        """Run Python in a kernel of the person's server, as a notebook would; return what it printed."""
        return asyncio.run(self._run(code, kernel))

    async def _run(self, code: str, name: str) -> str:
        base = f"/user/{self.name}/api/kernels"
        kernel = self.api("POST", base, json={"name": name})
        assert kernel.status_code == 201, f"{kernel.status_code} {kernel.text}\n{self.hub.logs()}"
        url = f"{self.hub.url.replace('http', 'ws', 1)}{base}/{kernel.json()['id']}/channels"
        headers = {"Authorization": f"token {self.make_token()}"}
        connection = await websocket_connect(HTTPRequest(url, headers=headers))
        try:
            return await asyncio.wait_for(_execute(connection, code), RUN_SECONDS)
        finally:
            connection.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_drain(connection), 5)
            self.api("DELETE", f"{base}/{kernel.json()['id']}")


async def _drain(connection: Any) -> None:
    """Read on until the other side has closed too, so that the socket is closed before the loop is."""
    while await connection.read_message() is not None:
        pass


async def _execute(connection: Any, code: str) -> str:
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": uuid.uuid4().hex}
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False, "stop_on_error": True}
    message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
    await connection.write_message(json.dumps(message))
    printed = ""
    while True:
        text = await connection.read_message()
        assert text is not None, "the kernel's connection was closed"
        answer = json.loads(text)
        if answer["msg_type"] == "status" and answer["content"]["execution_state"] in ("restarting", "dead"):
            return printed + KERNEL_DIED
        if answer["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        kind, body = answer["msg_type"], answer["content"]
        if kind == "stream":
            printed += body["text"]
        elif kind == "error":
            printed += "\n".join(body["traceback"])
        elif kind == "status" and body["execution_state"] == "idle":
            return printed


def problem_of(answer: httpx.Response) -> str:
    """Return the sentence that a form was sent back with."""
    found = re.search(r'id="form-problem"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found.group(1)).strip() if found else ""


def wait_until(condition: Any, seconds: float, report: Any = lambda: "") -> None:
    """Wait for `condition()`; fail with `report()` when it doesn't come about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain\n{report()}"
        time.sleep(0.1)


@contextlib.contextmanager
def running_hub(database_url: str, spawner: str, **settings: str) -> Iterator[RunningHub]:
    """Run a Hub with `spawner`; `settings` are further `NBQUEST_*` ones in lower case."""
    data_dir = Path(tempfile.mkdtemp(prefix="nbq-hub-"))
    data_dir.chmod(0o711)
    port = free_port()
    ours = {"data_dir": str(data_dir), "port": str(port), "spawner": spawner, "database_url": database_url, **settings}
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("NBQUEST_", "JUPYTERHUB_"))}
    environment = outside | {f"NBQUEST_{name.upper()}": value for name, value in ours.items()}
    hub = RunningHub(url=f"http://127.0.0.1:{port}", data_dir=data_dir, environment=environment)
    try:
        hub.start()
        yield hub
    finally:
        for client in hub.clients:
            client.close()
        hub.stop()
        _remove_from_engine(data_dir)
        shutil.rmtree(data_dir, ignore_errors=True)


def _remove_from_engine(data_dir: Path) -> None:
    """Remove the containers and homes that a test's site made in the container engine."""
    label = data_dir / "secrets" / "site_label"
    if not label.exists() or shutil.which("docker") is None:
        return
    prefix = f"nbq-{label.read_text()[:8]}-"
    for kind, listing in (("container", ["-a"]), ("volume", [])):
        command = ["docker", kind, "ls", "-q", *listing, "--filter", f"name={prefix}"]
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
        if found:
            subprocess.run(["docker", kind, "rm", "-f", *found], capture_output=True, check=False)
