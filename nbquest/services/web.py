"""The web service, which the Hub starts: `python -m nbquest.services.web`, on the loopback, behind the Hub's proxy."""

from __future__ import annotations

import logging
import os
import socket
import sys
from urllib.parse import urlsplit

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine

from nbquest.courses import api as courses
from nbquest.courses import routes as course_routes
from nbquest.db.engine import create_engine
from nbquest.errors import NbquestError, StartError
from nbquest.files.store import BlobStore, open_blob_store
from nbquest.identity import api as identity
from nbquest.notifications import routes as notification_routes
from nbquest.progress import regrade_routes
from nbquest.progress import routes as progress_routes
from nbquest.settings import Settings, load_settings
from nbquest.similarity import routes as similarity_routes
from nbquest.submissions import draft_routes, extension_routes, file_routes, queue_routes
from nbquest.submissions import routes as submission_routes
from nbquest.web.app import create_app
from nbquest.web.hub import HubClient, HubConfig
from nbquest.web.site import People

# Every router of the site, in the order in which their paths are tried.
ROUTERS: tuple[APIRouter, ...] = (
    course_routes.router,
    submission_routes.router,
    draft_routes.router,
    extension_routes.router,
    queue_routes.router,
    file_routes.router,
    progress_routes.router,
    regrade_routes.router,
    notification_routes.router,
    similarity_routes.router,
    progress_routes.pages,
    course_routes.pages,
    submission_routes.pages,
    queue_routes.pages,
    extension_routes.pages,
    file_routes.pages,
    similarity_routes.pages,
    regrade_routes.pages,
)

PEOPLE = People(
    get_person=lambda session, name, is_admin: identity.get_or_create_person(session, name, is_admin=is_admin),
    find_course_role=courses.find_role_in_course,
)


def build_app(settings: Settings, engine: Engine, blobs: BlobStore, hub: HubClient) -> FastAPI:
    """Return the whole application."""
    return create_app(settings, engine, blobs, ROUTERS, people=PEOPLE, hub=hub)


class Service(uvicorn.Server):
    """A server that ends the event streams first when it is told to stop, so that it need not wait for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        app = self.config.loaded_app
        while not isinstance(app, FastAPI):
            app = app.app
        await app.state.site.live.close()
        await super().shutdown(sockets)


def configure_logging() -> None:
    """Log one JSON object a line to standard error; tracebacks without the values of variables, which may be secret."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def find_port(settings: Settings) -> int:
    """Return the port to serve on: the setting, else the one in the address that the Hub gives. StartError: neither."""
    port = settings.service_port or urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", "")).port
    if not port:
        raise StartError("No port for the web service: it is started by the Hub, or set NBQUEST_SERVICE_PORT.")
    return port


def main() -> None:
    """Serve until told to stop."""
    configure_logging()
    try:
        settings = load_settings()
        hub = HubConfig.from_environment(os.environ)
        if not hub.api_token:
            raise StartError("JUPYTERHUB_API_TOKEN is not set: the web service is started by the Hub.")
        app = build_app(settings, create_engine(settings), open_blob_store(settings), HubClient(hub))
        port = find_port(settings)
    except NbquestError as error:
        sys.exit(error.message)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
        server_header=False,
    )
    Service(config).run()


if __name__ == "__main__":
    main()
