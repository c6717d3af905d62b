"""What every request of one process shares: made once by the app factory, found through the request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from nbquest.db.engine import session_scope
from nbquest.files.store import BlobStore
from nbquest.settings import Settings
from nbquest.web.cookies import Sealer
from nbquest.web.hub import HubClient
from nbquest.web.live import Broadcaster


class KnownPerson(Protocol):
    """What the web needs of a person: identity's `Person` is one."""

    @property
    def name(self) -> str: ...
    @property
    def display_name(self) -> str: ...
    @property
    def is_admin(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class People:
    """How the web, which lies below the rooms, asks them about people."""

    get_person: Callable[[Session, str, bool], KnownPerson]  # (session, Hub user name, Hub admin); made when new
    find_course_role: Callable[
        [Session, str, str], str | None
    ]  # (session, name, course slug); NotFound: no such course


@dataclass(frozen=True, kw_only=True)
class Site:
    """The settings, stores and edges of this process."""

    settings: Settings
    engine: Engine
    blobs: BlobStore
    hub: HubClient
    people: People
    live: Broadcaster
    sealer: Sealer

    @property
    def prefix(self) -> str:
        """Path of the service, with slashes at both ends."""
        return self.hub.config.prefix

    @property
    def hub_path(self) -> str:
        """Path of the Hub's pages, with slashes at both ends."""
        return self.hub.config.public_host + self.hub.config.hub_path


def get_site(request: Request) -> Site:
    """Return the site that serves this request."""
    return cast(Site, request.app.state.site)


def get_session(request: Request) -> Iterator[Session]:
    """Give the request's session: committed when the route returns, rolled back when it raises."""
    with session_scope(get_site(request).engine) as session:
        yield session


def get_blobs(request: Request) -> BlobStore:
    """Return the site's blob store."""
    return get_site(request).blobs


SiteDep = Annotated[Site, Depends(get_site)]
# Committed before the answer leaves, so whoever reads it can read what it tells of.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
BlobsDep = Annotated[BlobStore, Depends(get_blobs)]
