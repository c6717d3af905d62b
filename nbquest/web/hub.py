"""The Hub's HTTP edge: who holds a token, and OAuth's exchange of a code for one.

The environment (`JUPYTERHUB_*`) comes from the Hub, which starts the service. Tests give `HubClient` an httpx transport
with a twin of the Hub behind it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
import structlog

from nbquest.web.errors import HubRefused, HubUnreachable

log = structlog.get_logger(__name__)

DEFAULT_PREFIX = "/services/nbquest/"


@dataclass(frozen=True, kw_only=True)
class HubConfig:
    """Where the Hub is and who we are to it."""

    api_url: str
    api_token: str
    client_id: str
    service_name: str = "nbquest"
    prefix: str = DEFAULT_PREFIX  # path of this service, with slashes at both ends
    hub_path: str = "/hub/"  # path of the Hub's own pages, with slashes at both ends
    public_host: str = ""  # only where each server has a domain of its own
    callback_path: str = DEFAULT_PREFIX + "oauth_callback"
    access_scopes: frozenset[str] = frozenset({"access:services!service=nbquest", "access:services"})

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> HubConfig:
        """Read what the Hub passes to a service that it manages."""
        name = environment.get("JUPYTERHUB_SERVICE_NAME") or "nbquest"
        base = environment.get("JUPYTERHUB_BASE_URL") or "/"
        prefix = _slashed(environment.get("JUPYTERHUB_SERVICE_PREFIX") or f"{base}services/{name}/")
        scopes = {f"access:services!service={name}", "access:services"}
        scopes.update(json.loads(environment.get("JUPYTERHUB_OAUTH_ACCESS_SCOPES") or "[]"))
        return cls(
            api_url=(environment.get("JUPYTERHUB_API_URL") or "http://127.0.0.1:8081/hub/api").rstrip("/"),
            api_token=environment.get("JUPYTERHUB_API_TOKEN", ""),
            client_id=environment.get("JUPYTERHUB_CLIENT_ID") or f"service-{name}",
            service_name=name,
            prefix=prefix,
            hub_path=_slashed(base) + "hub/",
            public_host=environment.get("JUPYTERHUB_HOST", ""),
            callback_path=environment.get("JUPYTERHUB_OAUTH_CALLBACK_URL") or prefix + "oauth_callback",
            access_scopes=frozenset(scopes),
        )

    def authorize_url(self, *, state: str, code_challenge: str) -> str:
        """Return the address at the Hub where a browser starts to sign in."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.callback_path,
            "response_type": "code",
            "state": state,
            "code_challenge": code_challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.public_host}{self.hub_path}api/oauth2/authorize?{urlencode(query)}"


@dataclass(frozen=True, kw_only=True)
class HubUser:
    """A person as the Hub knows them, from a token that may use this service."""

    name: str
    is_admin: bool


class HubClient:
    """Asks the Hub who holds a token. An answer is kept for `keep_seconds`, at most 60."""

    def __init__(
        self,
        config: HubConfig,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        keep_seconds: float = 60.0,
        keep_at_most: int = 4096,
    ) -> None:
        self.config = config
        self._http = httpx.AsyncClient(transport=transport, timeout=10.0, trust_env=False)
        self._keep_seconds = min(keep_seconds, 60.0)
        self._keep_at_most = keep_at_most
        self._known: OrderedDict[str, tuple[float, HubUser]] = OrderedDict()

    async def find_user(self, token: str, *, session_id: str = "") -> HubUser | None:
        """Return who holds `token`; None when the Hub doesn't know it. HubRefused: known, but not for this service.

        `session_id` is the browser's session at the Hub: signing out there changes it, which forgets what was kept.
        """
        key = _digest(token, session_id)
        kept = self._known.get(key)
        if kept and time.monotonic() - kept[0] < self._keep_seconds:
            return kept[1]
        self._known.pop(key, None)
        user = await self._ask_for_user(token)
        if user is not None:
            self._known[key] = (time.monotonic(), user)
            while len(self._known) > self._keep_at_most:
                self._known.popitem(last=False)
        return user

    def forget(self, token: str, *, session_id: str = "") -> None:
        """Ask the Hub again the next time that `token` is seen."""
        self._known.pop(_digest(token, session_id), None)

    async def token_for_code(self, code: str, *, code_verifier: str) -> str | None:
        """Exchange the code of an OAuth callback for a token; None when the Hub turns it down."""
        form = {
            "client_id": self.config.client_id,
            "client_secret": self.config.api_token,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.config.callback_path,
            "code_verifier": code_verifier,
        }
        response = await self._send("POST", "/oauth2/token", data=form)
        if response.status_code >= 400:
            log.warning("hub.code_refused", status=response.status_code)
            return None
        token = response.json().get("access_token")
        return token if isinstance(token, str) else None

    async def close(self) -> None:
        """Close the connections to the Hub."""
        await self._http.aclose()

    async def _ask_for_user(self, token: str) -> HubUser | None:
        if not token.isascii() or not token.isprintable() or len(token) > 1024:
            return None
        response = await self._send("GET", "/user", headers={"Authorization": f"token {token}"})
        if response.status_code in (401, 403, 404):
            return None
        if response.status_code != 200:
            log.error("hub.bad_answer", status=response.status_code)
            raise HubUnreachable()
        model = response.json()
        if model.get("kind", "user") != "user" or not self.config.access_scopes.intersection(model.get("scopes", [])):
            raise HubRefused()
        return HubUser(name=str(model["name"]), is_admin=bool(model.get("admin", False)))

    async def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            response = await self._http.request(method, self.config.api_url + path, headers=headers, data=data)
        except httpx.HTTPError as error:
            log.error("hub.unreachable", error=type(error).__name__)
            raise HubUnreachable() from error
        return response


def _digest(token: str, session_id: str) -> str:
    return hashlib.sha256(f"{session_id}\0{token}".encode("utf-8", "replace")).hexdigest()


def _slashed(path: str) -> str:
    return "/" + path.strip("/") + "/" if path.strip("/") else "/"
