"""Tells the site what the learner saved, where they wished for it to be handed in when it is due.

The site keeps only the newest. A first save is told at once; those that follow are told together, after a pause, but
always before it is due.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from jupyter_nbquest.client import ServiceClient
from jupyter_nbquest.errors import LabError, SiteRefused, SiteUnreachable
from jupyter_nbquest.records import digest
from jupyter_nbquest.workspace import Workspace

PAUSE = 20.0  # seconds between two tellings of one assignment
MARGIN = 5.0  # seconds before it is due by which the last save is told
OVER = frozenset({"draft-too-late", "draft-not-taken"})
TRIED_AGAIN = frozenset({429, 502, 503, 504})
Returned = TypeVar("Returned")


@dataclass(kw_only=True)
class _Telling:
    """How far one assignment is. Times are of the clock that never goes back."""

    task: asyncio.Task[None] | None = None
    told_at: float | None = None
    ends_at: float | None = None
    saved_since: bool = False


class DraftReporter:
    """Reports saved notebooks of the assignments that the learner wished it for."""

    def __init__(
        self,
        workspace: Workspace,
        client: ServiceClient,
        *,
        log: logging.Logger,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.problems: dict[tuple[str, str], str] = {}
        self._workspace = workspace
        self._client = client
        self._log = log
        self._pause = pause
        self._clock = clock
        self._tellings: dict[tuple[str, str], _Telling] = {}

    async def note_saved(self, path: str) -> None:
        """A file was saved, at a path below the server's root: tell the site, if that is wished for."""
        parts = path.strip("/").split("/")
        if len(parts) >= 3 and path.endswith(".ipynb"):
            await self.note_changed(parts[0], parts[1])

    async def note_changed(self, course: str, assignment: str) -> None:
        """The files of an assignment may have changed: tell the site soon, if that is wished for."""
        try:
            record = await _in_thread(self._workspace.get_record, course, assignment)
        except LabError:
            return
        if not record.hand_in_at_due:
            return
        telling = self._tellings.setdefault((course, assignment), _Telling())
        telling.saved_since = True
        if telling.task is None or telling.task.done():
            telling.task = asyncio.create_task(self._tell(course, assignment, telling))

    def forget(self, course: str, assignment: str) -> None:
        """The learner took the wish back: tell nothing more."""
        self.problems.pop((course, assignment), None)
        telling = self._tellings.pop((course, assignment), None)
        if telling is not None and telling.task is not None:
            telling.task.cancel()

    async def close(self) -> None:
        """Tell at once what waits to be told, and end."""
        for (course, assignment), telling in list(self._tellings.items()):
            if telling.task is not None and not telling.task.done():
                telling.task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await telling.task
                if telling.saved_since:
                    with contextlib.suppress(LabError, OSError):
                        await self.report(course, assignment)

    async def report(self, course: str, assignment: str) -> Any:
        """Send what is saved now: its sums, and then the notebooks that the site doesn't have. Return its answer.

        Raises SiteUnreachable, SiteRefused, NotFetched, NotANotebook.
        """
        notebooks = await _in_thread(self._workspace.read_notebooks, course, assignment)
        path = f"api/courses/{course}/assignments/{assignment}/draft"
        body: dict[str, Any] = {"digests": {name: digest(content) for name, content in notebooks.items()}}
        answer = await self._client.call("PUT", path, body=body)
        missing = [name for name in answer.get("missing") or [] if name in notebooks]
        if missing:
            body["notebooks"] = [
                {"path": name, "content_base64": base64.b64encode(notebooks[name]).decode()} for name in missing
            ]
            answer = await self._client.call("PUT", path, body=body)
        return answer

    async def _tell(self, course: str, assignment: str, telling: _Telling) -> None:
        while telling.saved_since:
            await asyncio.sleep(self._wait(telling))
            telling.saved_since = False
            telling.told_at = self._clock()
            try:
                answer = await self.report(course, assignment)
            except SiteUnreachable as error:
                telling.saved_since = True
                self._log.info("What was saved could not be told to the site yet: %s", error.message)
            except SiteRefused as error:
                if error.http_status in TRIED_AGAIN:
                    telling.saved_since = True
                    continue
                if not await self._give_up(course, assignment, error):
                    return
            except (LabError, OSError) as error:
                self.problems[course, assignment] = getattr(error, "message", str(error))
            else:
                self.problems.pop((course, assignment), None)
                left = answer.get("seconds_left")
                telling.ends_at = self._clock() + left if isinstance(left, int | float) else None

    def _wait(self, telling: _Telling) -> float:
        if telling.told_at is None:
            return 0.0
        wait = telling.told_at + self._pause - self._clock()
        if telling.ends_at is not None and telling.ends_at > self._clock():
            wait = min(wait, telling.ends_at - MARGIN - self._clock())
            # What could not be told must not be tried without a pause, however near it is.
            wait = max(wait, min(1.0, self._pause))
        return max(wait, 0.0)

    async def _give_up(self, course: str, assignment: str, error: SiteRefused) -> bool:
        """Note why the site takes nothing; return whether the next save is to be told all the same."""
        if error.code == "draft-not-wanted":
            await _in_thread(self._workspace.remember_wish, course, assignment, wanted=False)
            self.problems.pop((course, assignment), None)
            return False
        if error.code not in OVER:
            self.problems[course, assignment] = error.message
        return True


async def _in_thread(function: Callable[..., Returned], *arguments: Any, **named: Any) -> Returned:
    waiting: Awaitable[Returned] = asyncio.get_running_loop().run_in_executor(
        None, partial(function, *arguments, **named)
    )
    return await waiting
