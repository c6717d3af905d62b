"""Prints the API's description: `python -m nbquest.web.openapi > docs/reference/openapi.json`. Needs no database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import create_engine

from nbquest.files.store import MemoryBlobStore
from nbquest.settings import Settings
from nbquest.web.hub import HubClient, HubConfig


def render_openapi() -> str:
    """Return the description as JSON, the same for the same code."""
    return json.dumps(described_app().openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def described_app() -> FastAPI:
    """Return the whole application, not connected to anything, to be described."""
    # Wiring lies above the web, so the one command that needs it here finds it by name.
    build_app: Callable[..., FastAPI] = import_module("nbquest.services.web").build_app
    settings = Settings.model_construct(data_dir=Path(), max_submission_mb=20)
    hub = HubClient(HubConfig.from_environment({"JUPYTERHUB_API_TOKEN": "none"}))
    return build_app(settings, create_engine("postgresql+psycopg://"), MemoryBlobStore(), hub)


if __name__ == "__main__":
    sys.stdout.write(render_openapi())
