"""Who may use a route. Each route names one `Access`; an app with a route that names none does not start.

caller: SignedIn                                              # anyone with an account at the Hub
caller: Annotated[Caller, Depends(course_role("instructor"))] # a role in the course that the path names
caller: Administrator                                         # an administrator of the site
dependencies=[Depends(PUBLIC)]                                # anyone at all
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext

from nbquest.errors import NotAllowed, NotFound, NotSignedIn
from nbquest.web.cookies import is_https
from nbquest.web.errors import ForeignOrigin
from nbquest.web.hub import HubUser
from nbquest.web.site import SessionDep, Site, get_site

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE_DAYS = 14
_AUTHORIZATION = re.compile(r"(?:token|bearer)\s+(\S+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who is asking. `role` is theirs in the course of the path, where the route asked for one."""

    name: str
    display_name: str
    is_admin: bool
    role: str | None = None


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A Hub token and how it came."""

    token: str
    source: Literal["header", "cookie"]
    session_id: str


def find_credential(request: Request, site: Site) -> Credential | None:
    """Return the request's Hub token, from the header or from our own cookie; None when there is neither."""
    session_id = request.cookies.get("jupyterhub-session-id", "")
    header = request.headers.get("authorization")
    if header is not None:
        match = _AUTHORIZATION.fullmatch(header.strip())
        return Credential(token=match[1], source="header", session_id="") if match else None
    sealed = request.cookies.get(site.hub.config.client_id)
    token = site.sealer.find(sealed, purpose="token", max_age=COOKIE_DAYS * 86400)
    return Credential(token=token, source="cookie", session_id=session_id) if isinstance(token, str) else None


async def identify(request: Request) -> HubUser:
    """Return who the Hub says is asking; raise NotSignedIn where it knows nobody."""
    site = get_site(request)
    credential = find_credential(request, site)
    if credential is None:
        raise NotSignedIn()
    if credential.source == "cookie":
        require_same_origin(request)
    user = await site.hub.find_user(credential.token, session_id=credential.session_id)
    if user is None:
        raise NotSignedIn()
    return user


def require_same_origin(request: Request) -> None:
    """Raise ForeignOrigin unless the browser proves that a request that changes something came from our origin."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        if site == "same-origin":
            return
    elif origin == f"{'https' if is_https(request) else 'http'}://{request.headers.get('host', '')}":
        return
    raise ForeignOrigin()


class Access:
    """What a route needs of whoever asks. `who` says it in the reference."""

    who: str


class Public(Access):
    """Nothing: anyone may."""

    who = "anyone"

    def __call__(self) -> None:
        """Let everyone through."""


class SignedInAccess(Access):
    """An account at the Hub, with access to this service."""

    who = "signed in"

    def __call__(self, request: Request, user: Annotated[HubUser, Depends(identify)], session: SessionDep) -> Caller:
        """Return the caller, whose person is made at their first visit."""
        person = get_site(request).people.get_person(session, user.name, user.is_admin)
        return Caller(
            name=person.name,
            display_name=person.display_name or person.name,
            is_admin=user.is_admin or person.is_admin,
        )


PUBLIC = Public()
SIGNED_IN = SignedInAccess()
SignedIn = Annotated[Caller, Depends(SIGNED_IN)]


class AdministratorAccess(Access):
    """An administrator of the site: one of the Hub's."""

    who = "administrators"

    def __call__(self, caller: SignedIn) -> Caller:
        """Return the caller, who is one."""
        if not caller.is_admin:
            raise NotAllowed("This is for administrators of the site.")
        return caller


ADMINISTRATOR = AdministratorAccess()
Administrator = Annotated[Caller, Depends(ADMINISTRATOR)]


class CourseAccess(Access):
    """One of some roles in the course that the path names as `{course}`. Administrators count as instructors."""

    def __init__(self, *roles: str) -> None:
        self.roles = roles
        self.who = f"in the course: {', '.join(roles)}"

    def __call__(self, request: Request, caller: SignedIn, course: str, session: SessionDep) -> Caller:
        """Return the caller with their role in the course."""
        role = get_site(request).people.find_course_role(session, caller.name, course)
        if caller.is_admin:
            role = "instructor"
        if role is None:
            raise NotFound("There is no such course, or none that you may see.")
        if role not in self.roles:
            raise NotAllowed(f"Your role in this course ({role}) does not allow this.")
        return Caller(name=caller.name, display_name=caller.display_name, is_admin=caller.is_admin, role=role)


def course_role(*roles: Literal["learner", "mentor", "instructor"]) -> CourseAccess:
    """Return the access that needs one of `roles` in the course of the path."""
    return CourseAccess(*roles)


def declared_access(route: RouteContext) -> Access | None:
    """Return the access that a route declares, or None when it declares none."""
    return _find_access(route.dependant) if isinstance(route.original_route, APIRoute) else None


def _find_access(dependant: Dependant) -> Access | None:
    if isinstance(dependant.call, Access):
        return dependant.call
    found = (_find_access(inner) for inner in dependant.dependencies)
    return next((access for access in found if access is not None), None)
