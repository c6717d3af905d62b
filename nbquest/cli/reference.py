"""`nbquest reference`: writes docs/reference/ from the code, so that the two can't differ."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from traitlets.config import Config

import grader
import hub_config
import nbquest
from grader.errors import GraderError
from hub_config.roles import configure_roles
from nbquest.cli.report_page import render_report
from nbquest.courses.limits import LimitsEntry
from nbquest.courses.manifest import AssignmentEntry, EnvironmentEntry, Manifest
from nbquest.courses.policy_entry import CoolDownEntry, PenaltyEntry, PolicyEntry
from nbquest.courses.quotas import QuotasEntry
from nbquest.errors import NbquestError
from nbquest.settings import REPOSITORY, Settings
from nbquest.web.access import declared_access
from nbquest.web.openapi import described_app, render_openapi

FOLDER = REPOSITORY / "docs" / "reference"
HEADER = "<!-- Written from the code by `nbquest reference`; change the code, not this page. -->\n\n"


class StaleReference(NbquestError):
    """Pages of docs/reference/ differ from the code."""

    code = "stale-reference"


def reference(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where a page differs from the code.")
    ] = False,
) -> None:
    """Write the reference pages of settings, course.toml, errors, events, HTTP routes and scopes from the code."""
    stale = []
    for name, render in PAGES.items():
        path = FOLDER / name
        wanted = render()
        if path.exists() and path.read_text() == wanted:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted)
            print(f"written: docs/reference/{name}")
    if check and stale:
        raise StaleReference(
            f"Out of date: {', '.join(stale)}. Run `.venv/bin/nbquest reference` and commit what it writes."
        )


def render_settings() -> str:
    """Every setting: name in the environment, in the file, default, meaning. Raises where one has no description."""
    lines = ["# Settings", "", "From `NBQUEST_*` in the environment, else from `nbquest.toml`.", ""]
    lines += ["| in the environment | in the file | default | meaning |", "| --- | --- | --- | --- |"]
    for name, field in sorted(Settings.model_fields.items()):
        if not field.description:
            raise StaleReference(f"The setting {name} has no description.")
        lines.append(f"| `NBQUEST_{name.upper()}` | `{name}` | {_default(name, field.default)} | {field.description} |")
    return HEADER + "\n".join(lines) + "\n"


def _default(name: str, value: Any) -> str:
    computed = {"data_dir": "`/var/lib/nbquest` for root, else `~/.local/share/nbquest`"}
    if name in computed:
        return computed[name]
    if value is PydanticUndefined or value is None:
        return "unset"
    if isinstance(value, Path) and value.is_relative_to(REPOSITORY):
        return f"`{value.relative_to(REPOSITORY)}` in the checkout"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def render_manifest() -> str:
    """Every key of course.toml: type, default, meaning. Raises where one has no description."""
    lines = [
        "# course.toml",
        "",
        "What it may say. A key that isn't *needed* may be left out; no other may stand in it.",
        "",
    ]
    parts: tuple[tuple[str, type[BaseModel]], ...] = (
        ("The course", Manifest),
        ("`[[assignments]]`", AssignmentEntry),
        ("`policy`, of the course or of an assignment", PolicyEntry),
        ("one of `penalties`", PenaltyEntry),
        ("`cool_down`", CoolDownEntry),
        ("`limits`, of the course or of an assignment", LimitsEntry),
        ("`[quotas]`", QuotasEntry),
        ("`[environment]`", EnvironmentEntry),
    )
    for title, model in parts:
        lines += [f"## {title}", "", "| key | default | meaning |", "| --- | --- | --- |"]
        for name, field in model.model_fields.items():
            if not field.description:
                raise StaleReference(f"The key {name} of course.toml has no description.")
            default = "*needed*" if field.is_required() else _key_default(model, name, field.default)
            lines.append(f"| `{name}` | {default} | {field.description} |")
        lines.append("")
    return HEADER + "\n".join(lines)


def _key_default(model: type[BaseModel], name: str, value: Any) -> str:
    if model is LimitsEntry:
        usual, most = (Settings.model_fields[f"grading_{part}{name}"].default for part in ("", "max_"))
        return f"the site's `grading_{name}` ({usual}); at most its `grading_max_{name}` ({most})"
    if model is QuotasEntry:
        return f"any number; at most the site's `quota_{name}`"
    return _default(name, value) if value not in ("", None, PydanticUndefined) else "none"


def render_errors() -> str:
    """Every error: code, HTTP status, meaning, where it is raised from."""
    lines = ["# Errors", "", 'An answer that is an error reads `{"error": {"code", "message", "details"}}`.', ""]
    lines += ["| code | HTTP status | meaning | class |", "| --- | --- | --- | --- |"]
    rows = []
    for cls in _subclasses(NbquestError):
        meaning = _first_line(cls)
        rows.append(f"| `{cls.code}` | {cls.http_status} | {meaning} | `{cls.__module__}.{cls.__qualname__}` |")
    lines += sorted(rows)
    lines += ["", "The grader's own, raised by `python -m grader` and by the library:", ""]
    lines += ["| class | meaning |", "| --- | --- |"]
    lines += sorted(
        f"| `{cls.__module__}.{cls.__qualname__}` | {_first_line(cls)} |" for cls in _subclasses(GraderError)
    )
    return HEADER + "\n".join(lines) + "\n"


def render_events() -> str:
    """Every event: name, what it says, its fields."""
    lines = ["# Events", "", "Emitted and handled within one transaction; see `nbquest/events/`.", ""]
    for module in _modules(importlib.import_module("nbquest.events")):
        if module.__name__ == "nbquest.events.bus":  # who hears of them, not what they are
            continue
        for name, cls in sorted(vars(module).items()):
            if not (inspect.isclass(cls) and dataclasses.is_dataclass(cls) and cls.__module__ == module.__name__):
                continue
            lines += [f"## {name}", "", inspect.cleandoc(cls.__doc__ or ""), ""]
            _require_docstring(cls)
            lines += ["| field | type |", "| --- | --- |"]
            lines += [f"| `{field.name}` | `{field.type}` |" for field in dataclasses.fields(cls)]
            lines.append("")
    return HEADER + "\n".join(lines)


def render_routes() -> str:
    """Every HTTP route: method, path, who may, what it does."""
    lines = ["# HTTP routes", "", "Below `/services/nbquest/`. Machine-readable: `openapi.json`.", ""]
    lines += ["| method | path | who may | what |", "| --- | --- | --- | --- |"]
    app = described_app()
    base = app.state.site.prefix
    for route in iter_route_contexts(app.routes):
        access = declared_access(route)
        if access is None:  # the mounted stylesheet and scripts
            continue
        method = ", ".join(sorted(route.methods or ()))
        path = (route.path or "").removeprefix(base) or "."
        lines.append(f"| {method} | `{path}` | {access.who} | {_first_line(route.endpoint)} |")
    return HEADER + "\n".join(lines) + "\n"


def render_scopes() -> str:
    """Every Hub role that the site defines, with its scopes."""
    config = Config()
    configure_roles(config, None)
    lines = ["# Scopes", "", "The Hub's roles as this site sets them; a scope that isn't named is not given.", ""]
    lines += ["| role | who | scopes |", "| --- | --- | --- |"]
    for role in config.JupyterHub.load_roles:
        scopes = ", ".join(f"`{scope}`" for scope in role["scopes"])
        lines.append(f"| `{role['name']}` | {role['description']} | {scopes} |")
    return HEADER + "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": render_settings,
    "course-toml.md": render_manifest,
    "errors.md": render_errors,
    "events.md": render_events,
    "routes.md": render_routes,
    "scopes.md": render_scopes,
    "report.md": lambda: HEADER + render_report(),
    "openapi.json": render_openapi,
}


def _subclasses(base: type[Any]) -> list[type[Any]]:
    for package in (nbquest, grader, hub_config):
        list(_modules(package))
    found: dict[str, type[Any]] = {}
    queue = [base]
    while queue:
        cls = queue.pop()
        found[f"{cls.__module__}.{cls.__qualname__}"] = cls
        queue += cls.__subclasses__()
    ours = ("nbquest", "grader", "hub_config")
    return [cls for name, cls in sorted(found.items()) if name.startswith(ours)]


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        # Entry points run when imported, migrations need alembic's context, and the sandbox's inside runs elsewhere.
        if info.name.endswith("__main__") or ".migrations" in info.name or ".sandbox.inside" in info.name:
            continue
        yield importlib.import_module(info.name)


def _first_line(thing: Any) -> str:
    _require_docstring(thing)
    return inspect.cleandoc(thing.__doc__ or "").splitlines()[0]


def _require_docstring(thing: Any) -> None:
    if not thing.__dict__.get("__doc__", getattr(thing, "__doc__", None) if not inspect.isclass(thing) else None):
        raise StaleReference(f"{thing.__module__}.{thing.__qualname__} has no docstring, so it can't be documented.")
