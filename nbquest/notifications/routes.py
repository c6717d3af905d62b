"""HTTP of notifications: the list, and the stream of events that keeps pages and panels up to date."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from nbquest.db.engine import session_scope
from nbquest.errors import NbquestError, NotAllowed, NotSignedIn
from nbquest.notifications import api
from nbquest.notifications.views import Notification
from nbquest.progress import api as progress
from nbquest.submissions import api as submissions
from nbquest.web.access import SignedIn, identify
from nbquest.web.live import Closing, Passing, Resync, Stored, Stream
from nbquest.web.site import SessionDep, SiteDep
from nbquest.web.sse import (
    HEARTBEAT_SECONDS,
    EventStreamResponse,
    format_comment,
    format_event,
    format_retry,
)

router = APIRouter(tags=["notifications"])

REPLAY_AT_MOST = 200


class NotificationList(BaseModel):
    """Notifications, oldest first."""

    items: list[Notification]


@router.get("/api/notifications", operation_id="list_notifications")
def list_notifications(
    caller: SignedIn,
    session: SessionDep,
    after: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> NotificationList:
    """Return the caller's notifications after an id, oldest first; without one the newest ones."""
    return NotificationList(items=api.list_notifications(session, caller.name, after_id=after, limit=limit))


@router.get("/api/events", operation_id="stream_events", status_code=200, response_class=EventStreamResponse)
async def stream_events(
    request: Request,
    caller: SignedIn,
    site: SiteDep,
    last_event_id: Annotated[str | None, Header(max_length=32)] = None,
) -> EventStreamResponse:
    """Stream what happens to the caller as server-sent events.

    `submission.waiting` (it moved up in the queue) carries `{submission_id, course, assignment, waiting}`;
    `submission.grading` carries `{submission_id, course, assignment}`; `submission.graded` carries
    `{submission, progress}` and an id, from which `Last-Event-ID` goes on after an interruption. `submission.regraded`,
    `submission.penalty-lowered`, `submission.handed-in` and `draft.left` have an id, too, and carry the notification's
    payload.
    """
    site.live.require_room(caller.name)
    given = last_event_id or ""
    after = int(given) if given.isdecimal() and len(given) < 19 else None
    return EventStreamResponse(_stream(request, site, EventReader(site.engine, caller.name, after=after)))


class EventReader:
    """Reads a person's stored events for one stream: each once, in order."""

    def __init__(self, engine: Engine, person: str, *, after: int | None) -> None:
        self._engine = engine
        self._person = person
        self._after = after
        self._told: set[int] = set()

    @property
    def person(self) -> str:
        """Whose events these are."""
        return self._person

    def catch_up(self) -> list[str]:
        """Return the events stored since the last one told; the first time without a starting point, none."""
        with session_scope(self._engine) as session:
            if self._after is None:
                newest = api.list_notifications(session, self._person, limit=1)
                self._after = newest[-1].id if newest else 0
                return []
            found = api.list_notifications(session, self._person, after_id=self._after, limit=REPLAY_AT_MOST)
            return [self._tell(session, notification) for notification in found if notification.id not in self._told]

    def read(self, notification_id: int) -> list[str]:
        """Return the event of one notification, unless it was told already."""
        if notification_id in self._told:
            return []
        with session_scope(self._engine) as session:
            return [self._tell(session, api.get_notification(session, self._person, notification_id))]

    def _tell(self, session: Session, notification: Notification) -> str:
        self._told.add(notification.id)
        self._after = max(self._after or 0, notification.id)
        data = _event_data(session, self._person, notification)
        return format_event(notification.kind, data, event_id=notification.id)


def _event_data(session: Session, person: str, notification: Notification) -> dict[str, Any]:
    if notification.kind != "submission.graded":
        return notification.payload
    submission = submissions.get_submission(session, UUID(str(notification.payload["submission_id"])))
    return {
        "submission": submission.model_dump(mode="json"),
        "progress": progress.get_progress(session, person).model_dump(mode="json"),
    }


async def _stream(request: Request, site: SiteDep, reader: EventReader) -> AsyncIterator[str]:
    with site.live.open_stream(reader.person) as stream:
        yield format_retry(3000) + format_comment("listening")
        for event in await run_in_threadpool(reader.catch_up):
            yield event
        async for text in _follow(request, stream, reader):
            yield text


async def _follow(request: Request, stream: Stream, reader: EventReader) -> AsyncIterator[str]:
    while True:
        signal = await stream.next_signal(timeout_seconds=HEARTBEAT_SECONDS)
        match signal:
            case Closing():
                return
            case Passing(kind=kind, payload=payload):
                yield format_event(kind, payload)
            case Stored(id=notification_id):
                for event in await run_in_threadpool(reader.read, notification_id):
                    yield event
            case Resync():
                for event in await run_in_threadpool(reader.catch_up):
                    yield event
            case None:
                if not await _still_allowed(request):
                    return
                yield format_comment("still here")


async def _still_allowed(request: Request) -> bool:
    """Return whether the token that opened the stream still counts; a Hub that is away for a moment changes nothing."""
    try:
        await identify(request)
    except (NotSignedIn, NotAllowed):
        return False
    except NbquestError:
        return True
    return True
