"""Prints the API's description: `python -m nbquest.web.openapi > docs/reference/openapi.json`. Needs no database."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

from sqlalchemy import create_engine

from nbquest.files.store import MemoryBlobStore
from nbquest.settings import Settings
from nbquest.web.hub import HubClient, HubConfig


def render_openapi() -> str:
    """Return the description as JSON, the same for the same code."""
    # Wiring lies above the web, so the one command that needs it here finds it by name.
    build_app = import_module("nbquest.services.web").build_app
    settings = Settings.model_construct(data_dir=Path(), max_submission_mb=20)
    hub = HubClient(HubConfig.from_environment({"JUPYTERHUB_API_TOKEN": "none"}))
    app = build_app(settings, create_engine("postgresql+psycopg://"), MemoryBlobStore(), hub)
    return json.dumps(app.openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render_openapi())
