"""The way to the nbquest service: the user's own Hub token, time limits, one kind of error."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from jupyter_nbquest.errors import SiteNotConfigured, SiteRefused, SiteUnreachable

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# The service sends a heartbeat every 15 seconds; silence for four times as long means that the connection is dead.
STREAM_TIMEOUT = httpx.Timeout(10.0, connect=5.0, read=60.0)
MAX_ANSWER_BYTES = 256 * 1024 * 1024
GATEWAY_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the service answered, unread."""

    status: int
    content_type: str
    body: bytes


class ServiceClient:
    """Speaks HTTP with the nbquest service in the learner's name.

    `url` is the service's address (it ends with `/services/nbquest/`); `get_token` returns the user's Hub token, which
    goes into the request's header and nowhere else.
    """

    def __init__(
        self, url: str, get_token: Callable[[], str], *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url.rstrip("/") + "/" if url else ""
        self._get_token = get_token
        # trust_env off: a proxy named in the learner's environment must not see the token.
        self._http = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False, transport=transport)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def request(self, method: str, path: str, *, query: str = "", body: bytes | None = None) -> Answer:
        """Return the service's answer to `path` (such as `api/me`), whatever its status.

        Raises SiteNotConfigured, SiteUnreachable, or SiteRefused where the token is not accepted.
        """
        headers = self._headers()
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = self._http.build_request(method, self._address(path, query), headers=headers, content=body)
        try:
            response = await self._http.send(request, stream=True)
            try:
                content = await _read(response)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise SiteUnreachable(reason=type(error).__name__) from error
        _refuse_redirect(response)
        if response.status_code in GATEWAY_STATUSES and not _is_json(response):
            raise SiteUnreachable(reason=f"status {response.status_code}")
        return Answer(
            status=response.status_code,
            content_type=response.headers.get("content-type", "application/octet-stream"),
            body=content,
        )

    async def call(self, method: str, path: str, *, body: Any = None) -> Any:
        """Return the decoded JSON of a successful answer; raise SiteRefused with the service's own words otherwise."""
        answer = await self.request(method, path, body=None if body is None else json.dumps(body).encode())
        try:
            decoded = json.loads(answer.body)
        except ValueError as error:
            raise SiteUnreachable(reason=f"no JSON with status {answer.status}") from error
        if answer.status >= 400:
            raise _refusal(answer.status, decoded)
        return decoded

    @contextlib.asynccontextmanager
    async def stream(self, path: str, *, headers: Mapping[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a server-sent event stream; yield its bytes as they come."""
        address, all_headers = self._address(path, ""), self._headers() | dict(headers)
        try:
            async with self._http.stream("GET", address, headers=all_headers, timeout=STREAM_TIMEOUT) as response:
                _refuse_redirect(response)
                if response.status_code != 200:
                    content = await _read(response)
                    if not _is_json(response):
                        raise SiteUnreachable(reason=f"status {response.status_code}")
                    raise _refusal(response.status_code, json.loads(content))
                yield response.aiter_raw()
        except httpx.HTTPError as error:
            raise SiteUnreachable(reason=type(error).__name__) from error

    def _address(self, path: str, query: str) -> str:
        if not self._url:
            raise SiteNotConfigured()
        return self._url + path + (f"?{query}" if query else "")

    def _headers(self) -> dict[str, str]:
        token = self._get_token()
        if not token:
            raise SiteNotConfigured()
        return {"Authorization": f"token {token}", "Accept-Encoding": "identity"}


async def _read(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise SiteUnreachable("The site sent more than your server takes.", reason="too large")
        parts.append(part)
    return b"".join(parts)


def _is_json(response: httpx.Response) -> bool:
    return bool(response.headers.get("content-type", "").startswith("application/json"))


def _refuse_redirect(response: httpx.Response) -> None:
    # A redirect leads to a sign-in page: the token was not accepted.
    if 300 <= response.status_code < 400:
        raise _refusal(401, {})


def _refusal(status: int, decoded: Any) -> SiteRefused:
    error = decoded.get("error") if isinstance(decoded, dict) else None
    error = error if isinstance(error, dict) else {}
    default = (
        "The site no longer knows this session. Sign in again, then restart your server from the Hub's home page."
        if status == 401
        else f"The site refused this (status {status})."
    )
    details = error.get("details")
    return SiteRefused(
        status,
        str(error.get("code") or ("not-signed-in" if status == 401 else "refused")),
        str(error.get("message") or default),
        details if isinstance(details, dict) else {},
    )
