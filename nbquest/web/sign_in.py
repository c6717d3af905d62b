"""Signing in and out in a browser, by OAuth at the Hub (RFC 6749 with PKCE, RFC 7636).

What belongs to one attempt (where to go after, the PKCE verifier) travels in a sealed cookie named after its state, so
that several windows can sign in at once and no attempt outlives ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from nbquest.web.access import COOKIE_DAYS, PUBLIC, find_credential, require_same_origin
from nbquest.web.cookies import clear_cookie, set_cookie
from nbquest.web.errors import SignInFailed
from nbquest.web.pages import render_page
from nbquest.web.site import get_site

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)

ATTEMPT_SECONDS = 600


def start(request: Request) -> Response:
    """Send the browser to the Hub, remembering the page that it wanted."""
    site = get_site(request)
    state, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    response = RedirectResponse(site.hub.config.authorize_url(state=state, code_challenge=challenge), status_code=302)
    attempt = site.sealer.seal({"state": state, "verifier": verifier, "next": wanted}, purpose="attempt")
    set_cookie(request, response, _attempt_cookie(request, state), attempt, path=site.prefix, max_age=ATTEMPT_SECONDS)
    return response


@router.get("/oauth_callback", dependencies=[Depends(PUBLIC)])
async def finish_sign_in(
    request: Request,
    code: Annotated[str, Query(max_length=512)] = "",
    state: Annotated[str, Query(max_length=128)] = "",
    error: Annotated[str, Query(max_length=128)] = "",
) -> Response:
    """Take the Hub's answer, check that this browser asked for it, and keep the token in a cookie."""
    site = get_site(request)
    cookie = _attempt_cookie(request, state)
    attempt = site.sealer.find(request.cookies.get(cookie), purpose="attempt", max_age=ATTEMPT_SECONDS)
    if error or not code or not attempt or not hmac.compare_digest(str(attempt["state"]), state):
        log.warning("sign_in.refused", hub_error=error[:64], state_known=bool(attempt))
        raise SignInFailed()
    token = await site.hub.token_for_code(code, code_verifier=str(attempt["verifier"]))
    if token is None:
        raise SignInFailed()
    session_id = request.cookies.get("jupyterhub-session-id", "")
    user = await site.hub.find_user(token, session_id=session_id)
    if user is None:
        raise SignInFailed()
    log.info("sign_in.done", person=user.name)
    wanted = str(attempt["next"])
    response = RedirectResponse(wanted if wanted.startswith(site.prefix) else site.prefix, status_code=302)
    clear_cookie(request, response, cookie, path=site.prefix)
    sealed = site.sealer.seal(token, purpose="token")
    set_cookie(request, response, site.hub.config.client_id, sealed, path=site.prefix, max_age=COOKIE_DAYS * 86400)
    return response


@router.get("/logout", dependencies=[Depends(PUBLIC)], response_class=HTMLResponse)
def show_sign_out(request: Request) -> Response:
    """Ask before signing out: a link on another site must not do it."""
    return render_page(request, "logout.html", {})


@router.post("/logout", dependencies=[Depends(PUBLIC)])
def sign_out(request: Request) -> Response:
    """Forget the token here, then let the Hub end the session, which revokes it."""
    require_same_origin(request)
    site = get_site(request)
    credential = find_credential(request, site)
    if credential is not None:
        site.hub.forget(credential.token, session_id=credential.session_id)
    response = RedirectResponse(site.hub_path + "logout", status_code=303)
    clear_cookie(request, response, site.hub.config.client_id, path=site.prefix)
    return response


def _attempt_cookie(request: Request, state: str) -> str:
    digest = hashlib.sha256(state.encode()).hexdigest()[:16]
    return f"{get_site(request).hub.config.client_id}-attempt-{digest}"
