"""Makes learners' HTML and Markdown harmless: no script, handler, foreign style, or link that runs anything."""

from __future__ import annotations

import functools
import html
import re
from typing import Any

import mistune
import nh3

MAX_HTML = 1 << 20
MAX_MARKDOWN = 20_000
MAX_TAGS, MAX_DEPTH, _SHORT = 20_000, 500, 1_000
TOO_DEEP = "<p>This output is left out: its HTML has too many parts.</p>"
_REMEMBERED = 8_000
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em",
    "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "kbd", "li", "mark", "ol", "p", "pre", "s",
    "samp", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
    "var",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def safe_html(text: str) -> str:
    """Return `text` with only the harmless tags and attributes left."""
    text = text[:MAX_HTML]
    return _CLEANER.clean(text) if _is_shallow(text) else TOO_DEEP


def _is_shallow(text: str) -> bool:
    """Whether cleaning won't take long: the time grows with the square of how deep elements nest."""
    tags = text.count("<")
    if tags <= _SHORT:
        return True
    if tags > MAX_TAGS:
        return False
    opened: dict[str, int] = {}
    depth = 0
    for match in _TAG.finditer(text):
        closing, name = match.group(1), match.group(2).lower()
        if name in _VOID or (closing and not opened.get(name)):
            continue
        step = -1 if closing else 1
        opened[name] = opened.get(name, 0) + step
        depth += step
        if depth > MAX_DEPTH:
            return False
    return True


def safe_markdown(text: str) -> str:
    """Return Markdown rendered to harmless HTML; HTML within it is shown as text, and so is a very long text."""
    if len(text) > MAX_MARKDOWN:  # some texts take time that grows with the square of their length
        return f"<pre>{safe_text(text)}</pre>"
    # An assignment's own texts come with every submission of it.
    return _remembered_markdown(text) if len(text) <= _REMEMBERED else _render_markdown(text)


@functools.lru_cache(maxsize=512)
def _remembered_markdown(text: str) -> str:
    return _render_markdown(text)


def _render_markdown(text: str) -> str:
    return safe_html(str(_markdown()(text)))


@functools.cache
def _markdown() -> Any:
    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


def safe_text(text: str) -> str:
    """Return plain text escaped for HTML, without terminal colours and control characters."""
    return html.escape(_CONTROL.sub("", _ANSI.sub("", text)))
