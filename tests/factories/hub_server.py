"""The Hub's twin as a server, for a web service that runs in a process of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.integration.nbquest.web.hub_twin import HubTwin


@dataclass(frozen=True)
class HubServer:
    """A twin that answers at `url`."""

    twin: HubTwin
    url: str

    def environment(self) -> dict[str, str]:
        """Return what the Hub tells a service that it starts."""
        return {"JUPYTERHUB_API_URL": f"{self.url}/hub/api", "JUPYTERHUB_API_TOKEN": "service-secret"}


@contextlib.contextmanager
def running_hub_twin() -> Iterator[HubServer]:
    """Serve a twin on a free port of the loopback."""
    twin = HubTwin()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, content: bytes) -> None:
            request = httpx.Request(
                self.command, f"http://hub.test{self.path}", headers=dict(self.headers), content=content
            )
            answer = twin.answer(request)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, name="hub-twin", daemon=True)
    thread.start()
    try:
        yield HubServer(twin, f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
