"""Roles: what a person, a learner's server and each service may ask of the Hub. Nothing is granted by default."""

from __future__ import annotations

from typing import Any

from hub_config.site import Site

SERVICE = "nbquest"
CULLER = "idle-culler"
SERVICE_ACCESS = f"access:services!service={SERVICE}"

# A person: oneself and the web service. (`self` covers one's own server.)
USER_SCOPES = ["self", SERVICE_ACCESS]
# The token inside a learner's server: report activity, let the owner in, speak to the web service as the owner.
SERVER_SCOPES = ["users:activity!user", "access:servers!server", "read:users!user", SERVICE_ACCESS]


def configure_roles(c: Any, site: Site | None = None) -> None:
    """Declare the roles; see docs/explanation/isolation.md for why each scope is there."""
    del site
    c.JupyterHub.load_roles = [
        {"name": "user", "description": "A signed-in person", "scopes": USER_SCOPES},
        {"name": "server", "description": "A learner's server", "scopes": SERVER_SCOPES},
        {
            "name": CULLER,
            "description": "Stops idle servers",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": [CULLER],
        },
        {
            "name": "nbquest-service",
            "description": "Knows who people are",
            "scopes": ["list:users", "read:users"],
            "services": [SERVICE],
        },
    ]
    c.Spawner.server_token_scopes = SERVER_SCOPES
    c.Spawner.oauth_client_allowed_scopes = ["access:servers!server", "read:users!user"]
