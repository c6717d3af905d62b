"""The Hub's own pages: our templates over its, our style beside its."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub_config.roles import SERVICE
from hub_config.site import Site

TEMPLATES = Path(__file__).parent / "templates"


def configure_pages(c: Any, site: Site) -> None:
    """Put our templates first; hand them what they show."""
    c.JupyterHub.template_paths = [str(TEMPLATES)]
    c.JupyterHub.template_vars = {
        "site_home": f"/services/{SERVICE}/",
        "site_open_signup": site.settings.open_signup,
        "site_style": (TEMPLATES / "style.css").read_text(encoding="utf-8"),
    }
