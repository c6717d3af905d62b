"""The application: one FastAPI app under the service's prefix, put together from the rooms' routers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from sqlalchemy.engine import Engine
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from nbquest.files.store import BlobStore
from nbquest.settings import Settings
from nbquest.web import failures, sign_in
from nbquest.web.access import PUBLIC, declared_access
from nbquest.web.cookies import Sealer
from nbquest.web.hub import HubClient
from nbquest.web.live import Broadcaster
from nbquest.web.middleware import BodyLimit, PlainAddress, RequestEdge, SecurityHeadersMiddleware
from nbquest.web.pages import STATIC_DIR
from nbquest.web.site import People, Site, SiteDep

API_VERSION = "0.1"


class Health(BaseModel):
    """That the service answers."""

    status: str = "ok"


class KeptStaticFiles(StaticFiles):
    """Our stylesheet and scripts; their addresses carry their fingerprint, so browsers may keep them for good."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a file, with word on how long to keep it."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def create_app(
    settings: Settings,
    engine: Engine,
    blobs: BlobStore,
    routers: Sequence[APIRouter],
    *,
    people: People,
    hub: HubClient,
) -> FastAPI:
    """Return the app with the rooms' routers. RuntimeError: a route does not say who may use it."""
    site = Site(
        settings=settings,
        engine=engine,
        blobs=blobs,
        hub=hub,
        people=people,
        live=Broadcaster(engine),
        sealer=Sealer(hub.config.api_token),
    )
    app = _bare_app(site)
    app.state.site = site
    base = site.prefix.rstrip("/")
    for router in (_own_router(app), sign_in.router, *routers):
        app.include_router(router, prefix=base)
    app.mount(f"{base}/static", KeptStaticFiles(directory=STATIC_DIR), name="static")
    failures.install(app)
    _require_declared_access(app)
    return app


def body_limit_bytes(settings: Settings) -> int:
    """Return the longest body that is taken: a whole submission in base64, and room for the JSON around it."""
    return settings.max_submission_mb * 2**20 * 4 // 3 + 2**16


def _bare_app(site: Site) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        site.live.start()
        try:
            yield
        finally:
            await site.live.close()
            await site.hub.close()

    return FastAPI(
        title="nbquest",
        version=API_VERSION,
        summary="Courses, submissions, grades and progress of one site.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        responses=failures.ERROR_RESPONSES,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        middleware=[
            Middleware(RequestEdge, answer_error=failures.answer_unexpected),
            Middleware(SecurityHeadersMiddleware),
            Middleware(PlainAddress, answer_error=failures.answer_unexpected),
            Middleware(BodyLimit, max_bytes=body_limit_bytes(site.settings), answer_error=failures.answer_unexpected),
        ],
    )


def _own_router(app: FastAPI) -> APIRouter:
    router = APIRouter()

    @router.get("/api/health", dependencies=[Depends(PUBLIC)], tags=["site"])
    async def get_health() -> Health:
        """Say that the service answers."""
        return Health()

    @router.get("", dependencies=[Depends(PUBLIC)], include_in_schema=False)
    def go_home(site: SiteDep) -> RedirectResponse:
        """Lead an address without its last slash to the home page."""
        return RedirectResponse(site.prefix, status_code=308)

    @router.get("/openapi.json", dependencies=[Depends(PUBLIC)], include_in_schema=False)
    def get_openapi() -> dict[str, Any]:
        """Return the description of the API (OpenAPI 3.1)."""
        return app.openapi()

    return router


def _require_declared_access(app: FastAPI) -> None:
    """Deny by default: refuse to start with a route that does not say who may use it."""
    for route in iter_route_contexts(app.routes):
        is_static = isinstance(route.route, Mount) and route.name == "static"
        if not is_static and declared_access(route) is None:
            raise RuntimeError(f"The route {route.path} declares no access. See nbquest/web/access.py.")
