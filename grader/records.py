"""What came out of running one cell. It comes from the student's process, so each field is checked on its way in."""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Outcome = Literal["passed", "failed", "error", "timeout", "died", "not-run"]

MAX_MESSAGE = 600
MAX_TRACEBACK = 20_000
_TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex")
_IMAGES = ("image/png", "image/jpeg")


@dataclass(frozen=True, kw_only=True)
class CellRecord:
    """How one cell ended. `credit` is the number that its last expression showed, "unreadable" if it wasn't one.

    `tampered` says that a test could not be trusted, `line` which line of it failed, `ended` that the process which it
    was run against is gone.
    """

    outcome: Outcome
    message: str | None = None
    credit: Decimal | Literal["unreadable"] | None = None
    stderr: bool = False
    line: int | None = None
    tampered: bool = False
    ended: bool = False
    outputs: tuple[dict[str, Any], ...] = field(default_factory=tuple)


NOT_RUN = CellRecord(outcome="not-run")


def read_answer(answer: dict[str, Any]) -> CellRecord:
    """Return the record for the student process's `answer`; anything odd in it is dropped or counts as an error."""
    status = answer.get("status")
    outcome: Outcome = "error"
    if status in ("passed", "failed"):
        outcome = status
    elif status == "interrupted":
        outcome = "timeout"
    tampered = answer.get("canary") is not None
    line = answer.get("line")
    return CellRecord(
        outcome="error" if tampered else outcome,
        message=_text(answer.get("message"), MAX_MESSAGE),
        credit=_credit(answer.get("credit")),
        stderr=answer.get("stderr") is not False,
        line=line if type(line) is int and 0 < line < 1_000_000 else None,
        tampered=tampered,
        ended=answer.get("ended") is True,
        outputs=read_outputs(answer.get("outputs")),
    )


def _credit(value: Any) -> Decimal | Literal["unreadable"] | None:
    if value is None:
        return None
    if type(value) in (int, float) and abs(value) < 1e9 and math.isfinite(value):
        return Decimal(str(value)).quantize(Decimal("0.001"))
    return "unreadable"


def _text(value: Any, limit: int) -> str | None:
    if not isinstance(value, str):
        return None
    return value[:limit].encode("utf-8", "replace").decode() or None


def read_outputs(value: Any) -> tuple[dict[str, Any], ...]:
    """Return the outputs that are well-formed, each rebuilt from known fields."""
    if not isinstance(value, list):
        return ()
    return tuple(output for item in value[:2000] if isinstance(item, dict) and (output := _output(item)))


def _output(item: dict[str, Any]) -> dict[str, Any] | None:
    kind = item.get("output_type")
    if kind == "stream":
        text = _text(item.get("text"), 8 << 20)
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": text} if text else None
    if kind == "error":
        trace = item.get("traceback")
        lines = [_text(line, MAX_TRACEBACK) or "" for line in trace[:100]] if isinstance(trace, list) else []
        ename, evalue = _text(item.get("ename"), 200) or "Error", _text(item.get("evalue"), MAX_MESSAGE) or ""
        return {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": lines}
    if kind in ("execute_result", "display_data"):
        data = _data(item.get("data"))
        output = {"output_type": kind, "data": data, "metadata": {}}
        if kind == "execute_result":
            output["execution_count"] = None
        return output if data else None
    return None


def _data(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    found = {kind: text for kind in _TEXTS if (text := _text(value.get(kind), 4 << 20))}
    for kind in _IMAGES:
        text = value.get(kind)
        if isinstance(text, str) and (body := _base64(text)):
            found[kind] = body
    return found


def _base64(text: str) -> str | None:
    try:
        body = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(body).decode()
