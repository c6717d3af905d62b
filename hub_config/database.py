"""JupyterHub's own tables: a schema of the site's Postgres."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from hub_config.site import Site
from nbquest.errors import SettingsError
from nbquest.settings import Settings

SCHEMA = "jupyterhub"


def configure_database(c: Any, site: Site) -> None:
    """Point the Hub at its tables and make the schema they live in."""
    url = hub_database_url(site.settings)
    if url.get_backend_name() == "postgresql":
        make_schema(url)
    c.JupyterHub.db_url = url.render_as_string(hide_password=False)
    # A connection that Postgres closed (a restart) is replaced rather than reported as an error to a learner.
    c.JupyterHub.db_kwargs = {"pool_pre_ping": True}


def hub_database_url(settings: Settings) -> URL:
    """Return the address of the Hub's tables: the one that is set, else the site's database with our schema."""
    if settings.hub_database_url is not None:
        return make_url(settings.hub_database_url.get_secret_value())
    if settings.database_url is None:
        raise SettingsError(
            "The Hub needs a database: start the site with `nbquest serve`, or set NBQUEST_DATABASE_URL."
        )
    url = make_url(settings.database_url.get_secret_value())
    return url.update_query_dict({"options": f"-csearch_path={SCHEMA}"})


def make_schema(url: URL) -> None:
    """Create the schema that the address names (`options=-csearch_path=NAME`), unless it is there."""
    options = url.query.get("options", "")
    text = options if isinstance(options, str) else " ".join(options)
    _, found, rest = text.partition("search_path=")
    if not found:
        return
    schema = rest.split()[0].split(",")[0]
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
