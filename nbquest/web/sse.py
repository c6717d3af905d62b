"""Server-sent events: the wire format and the response."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

HEARTBEAT_SECONDS = 15.0


def format_event(event: str, data: Any, *, event_id: int | None = None) -> str:
    """Return one event; `data` is what json can write."""
    lines = [] if event_id is None else [f"id: {event_id}"]
    lines += [f"event: {event}", f"data: {json.dumps(data, separators=(',', ':'))}"]
    return "\n".join(lines) + "\n\n"


def format_comment(text: str) -> str:
    """Return a comment, which clients skip: it keeps proxies from closing a quiet stream."""
    return f": {text}\n\n"


def format_retry(milliseconds: int) -> str:
    """Return how long a client waits before it connects again."""
    return f"retry: {milliseconds}\n\n"


class EventStreamResponse(StreamingResponse):
    """A stream of events that no proxy should buffer or keep."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[str]) -> None:
        super().__init__(content, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
