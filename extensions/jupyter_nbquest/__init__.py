"""nbquest inside a learner's own server: fetch, validate and submit with the learner's own Hub token."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from jupyter_nbquest.extension import NbquestExtension  # noqa: PLC0415  (Lab also imports us for the names below)

    return [{"module": "jupyter_nbquest", "app": NbquestExtension}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-nbquest"}]
