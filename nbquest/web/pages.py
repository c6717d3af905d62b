"""Pages: Jinja templates with everything escaped, no inline script, and the site's own addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from nbquest.clock import utc_now
from nbquest.web import format as fmt
from nbquest.web.icons import mark_icon
from nbquest.web.site import get_site

STATIC_DIR = Path(__file__).parent / "static"


def render_page(request: Request, template: str, context: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """Return the page that `template` makes of `context`; `caller` in it is who is signed in, if anyone."""
    site = get_site(request)
    prefix, hub = site.prefix, site.hub_path
    values: dict[str, Any] = {
        "caller": None,
        "prefix": prefix,
        "hub": hub,
        "lab_url": hub + "user-redirect/lab",
        "url": lambda *parts, **query: _address(prefix, *parts, **query),
        "asset": lambda name: f"{prefix}static/{name}?v={_fingerprint(name)}",
        "now": utc_now(),
    }
    return HTMLResponse(_environment().get_template(template).render({**values, **context}), status_code=status)


def mark_time(moment: datetime, now: datetime, zone: str = "UTC") -> Markup:
    """Return a `<time>`: relative to read, exact on hover, by the clocks of `zone` (an IANA name)."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), fmt.format_exact(moment, zone), fmt.format_relative(moment, now)
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=fmt.format_number,
        words=fmt.count_words,
        elapsed=fmt.format_elapsed,
        exact=fmt.format_exact,
        clock=fmt.format_clock,
        place=lambda waiting: fmt.format_place(waiting.place, waiting.seconds, waiting.has_worker),
    )
    environment.globals.update(
        score=fmt.format_score,
        percent=fmt.percent_of,
        due_soon=fmt.is_due_soon,
        time=mark_time,
        icon=mark_icon,
    )
    return environment


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC_DIR / name).read_bytes()).hexdigest()[:12]


def _address(prefix: str, *parts: object, **query: object) -> Markup:
    path = prefix + "/".join(quote(str(part), safe="") for part in parts)
    given = {key: str(value) for key, value in query.items() if value not in (None, "")}
    return escape(path + (f"?{urlencode(given)}" if given else ""))
