"""Configures JupyterHub for nbquest: one `configure_*` function for each concern, put together in `configure`."""

from __future__ import annotations

from typing import Any

from hub_config.authenticator import configure_authenticator
from hub_config.database import configure_database
from hub_config.http_proxy import configure_proxy
from hub_config.pages import configure_pages
from hub_config.roles import configure_roles
from hub_config.services import configure_services
from hub_config.site import Site
from hub_config.spawner import configure_spawner
from nbquest.settings import load_settings


def configure(c: Any) -> None:
    """Fill JupyterHub's configuration object `c` from the site's settings."""
    site = Site.open(load_settings())
    configure_database(c, site)
    configure_proxy(c, site)
    configure_authenticator(c, site)
    configure_roles(c, site)
    configure_services(c, site)
    configure_spawner(c, site)
    configure_pages(c, site)
