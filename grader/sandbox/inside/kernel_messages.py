"""Reads what a kernel says. Any of it may come from the learner's code, so nothing is taken for granted."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from grader.sandbox.inside.output import without_colours

# A number as kernels show it: 0.5, R's [1] 0.5, NumPy's np.float64(0.5).
_NUMBER = re.compile(r"(?:\[1\]\s*|np\.\w+\()?([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\)?")
_NO_NUMBER = re.compile(r"(?:\[1\]\s*)?[-+]?(?:nan|na|inf|infinity)(?:[.][0-9])?", re.IGNORECASE)
_LINE = re.compile(r"\bline (\d{1,6})\b")
_CLASS = re.compile(r"<class '(?:[\w.]+\.)?(\w+)'>")
_KEPT = ("status", "message", "line", "credit", "canary")


def status_of(reply: dict[str, Any] | None) -> str:
    """Return how a request ended: "ok", "error", or what else the kernel calls it. No reply: nothing was to be done."""
    return "ok" if reply is None else str(reply["content"]["status"])


def parent_of(message: dict[str, Any]) -> Any:
    """Return the id of the request that `message` is said to be about."""
    return message["parent_header"].get("msg_id")


def is_idle(message: dict[str, Any], asked: str) -> bool:
    """Whether `message` tells that the request `asked` is done."""
    if message["msg_type"] != "status" or parent_of(message) != asked:
        return False
    return bool(message["content"]["execution_state"] == "idle")


def asks_to_exit(reply: dict[str, Any]) -> bool:
    """Whether the kernel will end now."""
    return any(item.get("source") == "ask_exit" for item in reply["content"].get("payload") or ())


def error_of(content: dict[str, Any]) -> dict[str, Any]:
    """Return an error in the shape that notebooks store. A shell has no name for its errors, only a number."""
    name, text = str(content.get("ename") or "")[:200], str(content.get("evalue") or "")[:2000]
    named = _CLASS.fullmatch(name)
    if not name and text.isdigit():
        text = f"It ended with exit status {text}."
    lines = [without_colours(str(line)) for line in content.get("traceback") or ()]
    return {
        "output_type": "error",
        "ename": named.group(1) if named else name,
        "evalue": text,
        "traceback": lines or [text],
    }


def failure(error: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict for a cell that ended with `error`, as `error_of` makes it."""
    lines = [int(found.group(1)) for line in error["traceback"] if (found := _LINE.search(line))]
    return {
        "status": "failed" if error["ename"] in ("", "AssertionError") else "error",
        "message": ": ".join(filter(None, (error["ename"], error["evalue"]))),
        "line": lines[0] if lines else None,
    }


def credit_of(results: list[str], *, strict: bool) -> float | str | None:
    """Return the points that a test showed as its value: the least, where it showed several.

    A value that is no number is "unreadable" where `strict`, and says nothing elsewhere: in most languages every
    statement has a value that is shown.
    """
    numbers = []
    for text in (result.strip() for result in results):
        found = _NUMBER.fullmatch(text) if len(text) < 100 else None
        number = float(found.group(1)) if found else math.nan
        if math.isfinite(number):
            numbers.append(number)
        elif found or strict or _NO_NUMBER.fullmatch(text):
            return "unreadable"
    return min(numbers, default=None)


def verdict_of(text: Any, end: str) -> dict[str, Any] | None:
    """Return the verdict that the test runner inside the kernel published; None unless it knows the word `end`."""
    published = json.loads(text) if isinstance(text, str) and len(text) < 1 << 20 else None
    if not isinstance(published, dict) or published.get("end") != end:
        return None
    verdict = {key: published[key] for key in _KEPT if key in published}
    error = published.get("error")
    return verdict | ({"error": error_of(error)} if isinstance(error, dict) else {})
