"""Hub-managed services: the nbquest web service and the idle culler."""

from __future__ import annotations

import os
import sys
from typing import Any

from hub_config.http_proxy import with_lifeline
from hub_config.roles import CULLER, SERVICE
from hub_config.site import Site
from nbquest.ports import LOOPBACK
from nbquest.settings import REPOSITORY

HANDED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "HOME")
STORE_PREFIX = "AWS_"
"""What the file store's library reads; learners' servers get nothing of the Hub's environment."""


def configure_services(c: Any, site: Site) -> None:
    """Declare the services that the Hub starts, restarts and stops."""
    c.JupyterHub.services = [web_service(site), idle_culler(site)]


def web_service(site: Site) -> dict[str, Any]:
    """Return the declaration of the nbquest web service at /services/nbquest/."""
    return {
        "name": SERVICE,
        "url": f"http://{LOOPBACK}:{site.service_port}",
        "command": with_lifeline([sys.executable, "-m", "nbquest.services.web"]),
        "cwd": str(REPOSITORY),
        "environment": service_environment(site),
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": ["read:users!user"],
        "display": True,
    }


def idle_culler(site: Site) -> dict[str, Any]:
    """Return the declaration of the service that stops servers nobody has used for a while."""
    seconds = site.settings.idle_minutes * 60
    options = [f"--timeout={seconds}", f"--cull-every={min(300, max(10, seconds // 4))}", "--concurrency=5"]
    return {
        "name": CULLER,
        "command": with_lifeline([sys.executable, "-m", "jupyterhub_idle_culler", *options]),
        "display": False,
    }


def service_environment(site: Site) -> dict[str, str]:
    """Return what the web service needs to read the same settings as the Hub did."""
    names = [name for name in os.environ if name.startswith(("NBQUEST_", STORE_PREFIX)) or name in HANDED_ON]
    return {name: os.environ[name] for name in names} | {"NBQUEST_SERVICE_PORT": str(site.service_port)}
