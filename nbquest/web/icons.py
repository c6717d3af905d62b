"""One family of icons: 24 x 24 outlines in the text's colour, to which style.css gives their 1.5 px stroke."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

ICONS: Mapping[str, Markup] = {
    "check": Markup('<path d="M5 12.5l4.5 4.5L19 7.5"/>'),
    "cross": Markup('<path d="M7 7l10 10M17 7L7 17"/>'),
    "partial": Markup('<circle cx="12" cy="12" r="8"/><path d="M12 4v16M12 8h6.500M12 12h8M12 16h6.500"/>'),
    "clock": Markup('<circle cx="12" cy="12" r="8.500"/><path d="M12 7.500V12l3 2"/>'),
    "ring": Markup('<circle cx="12" cy="12" r="7.500" stroke-dasharray="3 3"/>'),
    "turning": Markup('<path d="M19.500 12a7.500 7.500 0 1 1-2.600-5.700M17.500 3v3.700h-3.700"/>'),
    "eye": Markup(
        '<path d="M3 12c2.400-4 5.400-6 9-6s6.600 2 9 6c-2.400 4-5.400 6-9 6s-6.600-2-9-6z"/>'
        '<circle cx="12" cy="12" r="2.500"/>'
    ),
    "dash": Markup('<path d="M6 12h12"/>'),
    "warn": Markup('<path d="M12 4.500l8.500 15h-17zM12 10.500v4M12 16.900v.200"/>'),
    "flame": Markup(
        '<path d="M12.500 3c.500 3.600 5 5.600 5 10.700a5.500 5.500 0 0 1-11 0c0-2.500 1.300-3.900 2.400-5.200'
        '.300 1.500 1 2.300 1.900 2.600C10.600 8.200 11 5.400 12.500 3z"/>'
    ),
    "star": Markup(
        '<path d="M12 4l2.400 5.200 5.600.700-4.100 3.900 1.100 5.600'
        'L12 16.600 7 19.400l1.100-5.600L4 9.900l5.600-.700z"/>'
    ),
    "wrench": Markup(
        '<path d="M19.600 7.200l-3 3-2.800-2.800 3-3a4.600 4.600 0 0 0-6.200 5.800L4.800 16a2 2 0 0 0 2.900 2.900'
        'l6-5.900a4.600 4.600 0 0 0 5.900-5.800z"/>'
    ),
    "arrow": Markup('<path class="flips" d="M5 12h14M13 6l6 6-6 6"/>'),
    "download": Markup('<path d="M12 4v11M7 10.500l5 5 5-5M5 20h14"/>'),
    "flag": Markup('<path d="M6 20.500V4.500h11.500l-2.700 4 2.700 4H6"/>'),
    "person": Markup(
        '<circle cx="12" cy="8.500" r="3.500"/><path d="M5 19.500c.800-3.500 3.400-5 7-5s6.200 1.500 7 5"/>'
    ),
}


def mark_icon(name: str, label: str = "") -> Markup:
    """Return an icon; without a label it is decoration beside words that say the same."""
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon icon-{}" viewBox="0 0 24 24" {}>{}</svg>').format(name, meaning, ICONS[name])
