"""What a learner can do with an assignment: one method each. Files are worked on in threads."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from jupyter_nbquest.client import ServiceClient
from jupyter_nbquest.drafts import DraftReporter
from jupyter_nbquest.errors import LabError, SiteRefused, SiteUnreachable
from jupyter_nbquest.records import PendingSubmission
from jupyter_nbquest.validation import Validation, merge, validate_notebook
from jupyter_nbquest.workspace import Fetched, LocalAssignment, Workspace

SUBMIT_PAUSES = (0.5, 2.0)  # seconds before the second and the third try
RETRIED_STATUSES = frozenset({502, 503, 504})
Returned = TypeVar("Returned")


class LearningManager:
    """Fetch, validate and submit in one learner's server."""

    def __init__(
        self,
        root: Path,
        client: ServiceClient,
        *,
        log: logging.Logger,
        pauses: tuple[float, ...] = SUBMIT_PAUSES,
        total_seconds: float = 120.0,
    ) -> None:
        self.client = client
        self.workspace = Workspace(root)
        self._log = log
        self._pauses = pauses
        self._total_seconds = total_seconds
        # One change to an assignment's folder at a time; one validation at a time in the whole server.
        self._locks: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._validating = asyncio.Lock()
        self.drafts = DraftReporter(self.workspace, client, log=log)

    async def close(self) -> None:
        """Tell the site what waits to be told, and close the connections to it."""
        await self.drafts.close()
        await self.client.close()

    async def list_local(self) -> list[LocalAssignment]:
        """Return what was fetched."""
        found = await _in_thread(self.workspace.list_assignments)
        problems = self.drafts.problems
        return [replace(item, draft_problem=problems.get((item.course, item.assignment))) for item in found]

    async def on_contents_event(self, logger: Any, schema_id: str, data: Mapping[str, Any]) -> None:
        """Hear of what this server does with files; jupyter_events calls it."""
        if data.get("action") == "save":
            await self.drafts.note_saved(str(data.get("path") or ""))

    async def resume_drafts(self) -> None:
        """Tell the site what was saved while it, or this server, was away."""
        for item in await _in_thread(self.workspace.list_assignments):
            await self.drafts.note_changed(item.course, item.assignment)

    async def wish_draft(self, course: str, assignment: str, *, wanted: bool) -> Any:
        """Note at the site, and here, whether what is saved is to be handed in when it is due; return its answer."""
        async with self._locks[course, assignment]:
            await _in_thread(self.workspace.get_record, course, assignment)
            path = f"api/courses/{course}/assignments/{assignment}/draft"
            answer = await self.client.call("POST" if wanted else "DELETE", path)
            await _in_thread(partial(self.workspace.remember_wish, course, assignment, wanted=wanted))
        if wanted:
            await self.drafts.note_changed(course, assignment)
        else:
            self.drafts.forget(course, assignment)
        return answer

    async def _recall_wish(self, course: str, assignment: str) -> None:
        """Take over a wish that the site knows of and this home doesn't: it is new, or the files had been removed."""
        try:
            draft = await self.client.call("GET", f"api/courses/{course}/assignments/{assignment}/draft")
        except LabError:
            return
        if isinstance(draft, dict) and draft.get("wanted") is True:
            await _in_thread(partial(self.workspace.remember_wish, course, assignment, wanted=True))

    async def fetch(self, course: str, assignment: str) -> Fetched:
        """Bring the newest release in. Work that was changed since the last fetch is kept beside it."""
        async with self._locks[course, assignment]:
            release = await self.client.call("GET", f"api/courses/{course}/assignments/{assignment}/release")
            now = datetime.now().astimezone()
            known = (course, assignment) in {
                (item.course, item.assignment) for item in await _in_thread(self.workspace.list_assignments)
            }
            fetched = await _in_thread(self.workspace.write_release, course, assignment, release, now)
            if not known:
                await self._recall_wish(course, assignment)
        self._log.info("Fetched %s version %s: %s files", fetched.folder, fetched.version, len(fetched.written))
        return fetched

    async def validate(self, course: str, assignment: str) -> Validation:
        """Run the visible tests on the saved notebooks, here."""
        record = await _in_thread(self.workspace.get_record, course, assignment)
        notebooks = await _in_thread(self.workspace.read_notebooks, course, assignment)
        folder = self.workspace.folder(course, assignment)
        async with self._validating:
            return merge(
                [
                    await validate_notebook(
                        content,
                        name,
                        record.tests.get(name, {}),
                        (folder / name).parent,
                        total_seconds=self._total_seconds,
                    )
                    for name, content in notebooks.items()
                ]
            )

    async def submit(self, course: str, assignment: str, *, accept_penalty_percent: Any = None) -> Any:
        """Send the saved notebooks; return the Submission as the site describes it.

        Late work is taken once the learner agreed to what it costs: `accept_penalty_percent`, from 0 to 100.

        An answer that never came is asked for again under the same key, now and at the next press, so that one piece of
        work is one submission.
        """
        async with self._locks[course, assignment]:
            notebooks = await _in_thread(self.workspace.read_notebooks, course, assignment)
            pending = await _in_thread(self._find_or_make_key, course, assignment, notebooks)
            body = {
                "key": pending.key,
                "accept_penalty_percent": accept_penalty_percent,
                "notebooks": [
                    {"path": name, "content_base64": base64.b64encode(content).decode()}
                    for name, content in notebooks.items()
                ],
            }
            try:
                submission = await self._post(f"api/courses/{course}/assignments/{assignment}/submissions", body)
            except SiteRefused as error:
                if error.http_status not in RETRIED_STATUSES:
                    await _in_thread(self.workspace.remember_pending, course, assignment, None)
                raise
            await _in_thread(self.workspace.remember_pending, course, assignment, None)
        self._log.info("Submitted %s/%s", course, assignment)
        return submission

    def _find_or_make_key(self, course: str, assignment: str, notebooks: Mapping[str, bytes]) -> PendingSubmission:
        together = hashlib.sha256()
        for name, content in sorted(notebooks.items()):
            together.update(f"{name}\0{len(content)}\0".encode())
            together.update(content)
        digest = together.hexdigest()
        pending = self.workspace.get_record(course, assignment).pending
        if pending is None or pending.digest != digest:
            pending = PendingSubmission(key=str(uuid.uuid4()), digest=digest)
            self.workspace.remember_pending(course, assignment, pending)
        return pending

    async def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        for pause in self._pauses:
            try:
                return await self.client.call("POST", path, body=body)
            except (SiteUnreachable, SiteRefused) as error:
                if isinstance(error, SiteRefused) and error.http_status not in RETRIED_STATUSES:
                    raise
                self._log.info("Trying again in %s s: %s", pause, error.message)
            await asyncio.sleep(pause)
        return await self.client.call("POST", path, body=body)


async def _in_thread(function: Callable[..., Returned], *arguments: Any) -> Returned:
    return await asyncio.get_running_loop().run_in_executor(None, partial(function, *arguments))
