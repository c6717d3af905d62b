"""An in-memory twin of the Hub's HTTP edge: `/hub/api/user` and `/hub/api/oauth2/token`."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from nbquest.web.hub import HubClient, HubConfig

ACCESS = "access:services!service=nbquest"


@dataclass
class HubTwin:
    """Knows tokens and codes as the Hub does; counts what it is asked."""

    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)  # code -> (token, PKCE challenge)
    asked: int = 0
    down: bool = False

    def add_user(
        self, name: str, *, admin: bool = False, scopes: tuple[str, ...] = (ACCESS,), kind: str = "user"
    ) -> str:
        """Return a new token of a user."""
        token = hashlib.sha256(f"{name}{len(self.tokens)}".encode()).hexdigest()[:32]
        self.tokens[token] = {"kind": kind, "name": name, "admin": admin, "scopes": list(scopes)}
        return token

    def add_code(self, token: str, challenge: str) -> str:
        """Return a code that an OAuth callback can exchange for `token`."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = (token, challenge)
        return code

    def client(self, *, keep_seconds: float = 60.0) -> HubClient:
        """Return the service's client, talking to this twin."""
        config = HubConfig(api_url="http://hub.test/hub/api", api_token="service-secret", client_id="service-nbquest")
        return HubClient(config, transport=httpx.MockTransport(self.answer), keep_seconds=keep_seconds)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as the Hub does."""
        self.asked += 1
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        if request.method == "GET" and request.url.path == "/hub/api/user":
            model = self.tokens.get(request.headers["authorization"].removeprefix("token "))
            return httpx.Response(200, json=model) if model else httpx.Response(403, json={"message": "Forbidden"})
        if request.method == "POST" and request.url.path == "/hub/api/oauth2/token":
            return self._exchange(dict(parse_qsl(request.content.decode())))
        return httpx.Response(404, json={})

    def _exchange(self, form: dict[str, str]) -> httpx.Response:
        token, challenge = self.codes.pop(form["code"], ("", ""))
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
        if not token or not proven or form["client_secret"] != "service-secret":
            return httpx.Response(400, content=json.dumps({"error": "invalid_grant"}))
        return httpx.Response(200, json={"access_token": token, "token_type": "Bearer"})
