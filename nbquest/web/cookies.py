"""Cookies that only this service can read or make: sealed (encrypted and signed), HttpOnly, for our path alone."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Request
from fastapi.responses import Response


class Sealer:
    """Seals small JSON values under a key derived from the service's own Hub token."""

    def __init__(self, secret: str) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"nbquest cookies v1").derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, value: Any, *, purpose: str) -> str:
        """Return `value` as text that shows and betrays nothing."""
        return self._fernet.encrypt(json.dumps([purpose, value]).encode()).decode()

    def find(self, text: str | None, *, purpose: str, max_age: int) -> Any | None:
        """Return the value sealed in `text`; None when missing, altered, older than `max_age` s, or for another use."""
        if not text or not text.isascii():
            return None
        try:
            made_for, value = json.loads(self._fernet.decrypt(text.encode(), ttl=max_age))
        except (InvalidToken, ValueError, TypeError):
            return None
        return value if made_for == purpose else None


def set_cookie(request: Request, response: Response, name: str, value: str, *, path: str, max_age: int) -> None:
    """Set a cookie that scripts can't read and other sites can't send along with a form."""
    response.set_cookie(
        name,
        value,
        path=path,
        max_age=max_age,
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )


def clear_cookie(request: Request, response: Response, name: str, *, path: str) -> None:
    """Remove a cookie made by set_cookie."""
    response.delete_cookie(name, path=path, httponly=True, samesite="lax", secure=is_https(request))


def is_https(request: Request) -> bool:
    """Return whether the browser speaks https, also where a proxy before the Hub's own ends it."""
    forwarded = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    return (forwarded or request.url.scheme) == "https"
