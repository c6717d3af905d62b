"""Makes learners' HTML and Markdown harmless: no script, handler, foreign style, or link that runs anything."""

from __future__ import annotations

import html
import re

import mistune
import nh3

MAX_HTML = 1 << 20
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
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def safe_html(text: str) -> str:
    """Return `text` with only the harmless tags and attributes left."""
    return nh3.clean(
        text[:MAX_HTML],
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def safe_markdown(text: str) -> str:
    """Return Markdown rendered to harmless HTML; HTML within it is shown as text."""
    rendered = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])(text[:MAX_HTML])
    return safe_html(str(rendered))


def safe_text(text: str) -> str:
    """Return plain text escaped for HTML, without terminal colours and control characters."""
    return html.escape(_CONTROL.sub("", _ANSI.sub("", text)))
