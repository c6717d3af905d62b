"""Says what is wrong with a verdict: points for nothing, secrets shown, things reached, limits passed."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import json
import re
import urllib.parse
import zlib
from collections.abc import Iterable
from html.parser import HTMLParser

from grader.grading import GradeOutcome
from tests.security.grader.arena import Fight

MAX_SHOWN = 8 << 20
MAX_MEMORY = 1536 << 20
MAX_DISK = 512 << 20


def shown(outcome: GradeOutcome) -> str:
    """Return everything that a learner gets to see."""
    report = outcome.report.to_json()
    report.pop("warnings")  # the instructor's
    notebook = (outcome.executed_notebook or b"").decode()
    return "\n".join([json.dumps(report, ensure_ascii=False), notebook, outcome.feedback_html or ""])


def disguises(text: str) -> list[str]:
    """Return `text` as it may be smuggled out."""
    body = text.encode()
    encoded = [base64.b64encode(bytes(shift) + body).decode() for shift in range(3)]
    return [
        text, text[::-1], codecs.encode(text, "rot13"), body.hex(), body.hex(" "), body.hex().upper(), str(list(body)),
        ", ".join(str(byte) for byte in body), " ".join(text), ",".join(text), "\\n".join(text),
        "".join(f"{byte:08b}" for byte in body), base64.b32encode(body).decode().rstrip("=")[:-1],
        base64.b85encode(body).decode(), urllib.parse.quote(text).replace("_", "%5F"),
        binascii.b2a_uu(body).decode()[1:20],
        zlib.compress(body).hex(),
        *(part[4:-4] for part in encoded),  # what stands beside it changes the ends
        "".join(f"&#{byte};" for byte in body),
    ]  # fmt: skip


def leaks(text: str, own: str, secrets: Iterable[str]) -> list[str]:
    """Return the `secrets` that stand in `text`, in any disguise, and that the submission did not bring itself."""
    plain = html.unescape(text)
    forms = {secret: disguises(secret) for secret in secrets}
    return [
        f"shows {secret} as {form[:40]!r}"
        for secret, ways in forms.items()
        for form in ways
        if form not in own and (form in text or form in plain)
    ]


_FORBIDDEN = {
    "script", "iframe", "frame", "frameset", "object", "embed", "applet", "svg", "math", "form", "input", "button",
    "select", "textarea", "base", "link", "meta", "style", "template", "slot", "video", "audio", "source", "track",
    "portal", "noscript", "marquee", "canvas", "dialog",
}  # fmt: skip
_ADDRESSES = frozenset(("href", "src", "action", "formaction", "xlink:href", "srcset", "poster", "background", "cite"))
_HARMLESS = re.compile(r"(?:https?:|mailto:|#|[^:]*$)", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]*$")
# None of these can stand in a page by chance: what is shown as text is escaped, in attributes as well.
_RAW = (
    r"<script",
    r"<iframe",
    r"<object",
    r"<embed",
    r"<svg",
    r"<form",
    r"<base",
    r"<link",
    r"<meta",
    r"<style",
    r"<!--",
)


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _FORBIDDEN:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            plain = re.sub(r"[\x00-\x20]", "", value or "")
            anchor = name == "id" and re.fullmatch(r"cell-\d+", plain)  # ours; nothing of a learner's keeps an id
            if name.startswith("on") or (name in ("style", "srcdoc", "id", "name") and not anchor):
                self.found.append(f"<{tag} {name}={value!r}>")
            picture = tag == "img" and _PICTURE.match(plain)
            if name in _ADDRESSES and not _HARMLESS.match(plain) and not picture:
                self.found.append(f"<{tag} {name}={value!r}>")
            if tag == "img" and name == "src" and not picture:
                self.found.append(f"<img src={value!r}> loads something")

    handle_startendtag = handle_starttag


def active_markup(page: str) -> list[str]:
    """Return what in a feedback page would run, load, or restyle; our own head is taken away first."""
    body = re.sub(r"<head>.*?</head>", "", page, count=1, flags=re.DOTALL)
    parser = _Markup()
    parser.feed(body)
    parser.close()
    return parser.found + [pattern for pattern in _RAW if re.search(pattern, body, re.IGNORECASE)]


def around(fight: Fight, *, honest_score: float) -> list[str]:
    """Return what must never be, whatever was submitted: harm to the grader, to others, and passed limits."""
    problems = [f"the grader failed: {fight.failure}"] if fight.failure else []
    problems += fight.events
    if fight.after != ("graded", honest_score):
        problems.append(f"the next grade was {fight.after}, not {honest_score}")
    if fight.orphans:
        problems.append(f"{fight.orphans} processes outlived the verdict")
    if fight.peak.memory > MAX_MEMORY:
        problems.append(f"used {fight.peak.memory >> 20} MB of memory")
    if fight.peak.disk > MAX_DISK:
        problems.append(f"used {fight.peak.disk >> 20} MB of disk")
    if fight.outcome is not None:
        report = fight.outcome.report
        if not report.score.is_finite() or report.score > report.max_score or report.score < 0:
            problems.append(f"score {report.score}")
        if len(shown(fight.outcome).encode()) > MAX_SHOWN:
            problems.append("output over the limit")
    return problems
