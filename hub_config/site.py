"""What every part of the configuration needs to know of the site: settings, and addresses chosen at this start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hub_config import secrets
from nbquest.ports import LOOPBACK, free_port
from nbquest.settings import Settings

ANY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104  compared with, not listened on


@dataclass(frozen=True, kw_only=True)
class Site:
    """The settings, with the inner ports filled in."""

    settings: Settings
    hub_port: int
    proxy_api_port: int
    service_port: int

    @classmethod
    def open(cls, settings: Settings) -> Site:
        """Return the site of `settings`; an inner port of 0 becomes one that is free now."""
        ports = [settings.hub_port, settings.proxy_api_port, settings.service_port]
        hub, proxy_api, service = (port or free_port() for port in ports)
        return cls(settings=settings, hub_port=hub, proxy_api_port=proxy_api, service_port=service)

    @property
    def public_address(self) -> tuple[str, int]:
        """Address of the proxy as seen from this machine."""
        host = LOOPBACK if self.settings.host in ANY_ADDRESS else self.settings.host
        return host, self.settings.port

    @property
    def runtime_dir(self) -> Path:
        """Folder of sockets and process files; short enough for a unix socket's name."""
        return self.settings.data_dir / "run"

    @property
    def label(self) -> str:
        """Short name that tells this site from another one on the same machine; it stays when the data are moved."""
        return secrets.read_or_make(self.settings.secrets_dir, "site_label")[:8]
