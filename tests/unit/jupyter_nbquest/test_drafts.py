"""What is saved is told to the site where that was wished for: at once, then together, and always before it is due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from jupyter_nbquest.client import ServiceClient
from jupyter_nbquest.drafts import MARGIN, PAUSE, DraftReporter, _Telling
from jupyter_nbquest.errors import NotFetched, SiteRefused
from jupyter_nbquest.manager import LearningManager

from tests.factories.service_twin import TOKEN, ServiceTwin, running_twin

LOG = logging.getLogger("nbquest-test")
SQUARES = ("first-steps", "squares")
NOTEBOOK = "first-steps/squares/squares.ipynb"


@pytest.fixture
def twin() -> Iterator[ServiceTwin]:
    with running_twin() as twin:
        yield twin


@pytest.fixture
async def manager(twin: ServiceTwin, tmp_path: Path) -> AsyncIterator[LearningManager]:
    manager = LearningManager(tmp_path, ServiceClient(twin.url, lambda: TOKEN), log=LOG, pauses=(0.0, 0.0))
    manager.drafts = DraftReporter(manager.workspace, manager.client, log=LOG, pause=0.05)
    await manager.fetch(*SQUARES)
    yield manager
    await manager.close()


def _puts(twin: ServiceTwin) -> int:
    return sum(method == "PUT" for method, *_ in twin.requests)


async def _save(manager: LearningManager, tmp_path: Path, more: str = "\n") -> bytes:
    """Change the notebook and tell of it as the server does."""
    path = tmp_path / NOTEBOOK
    path.write_text(path.read_text() + more)
    await manager.on_contents_event(None, "", {"action": "save", "path": NOTEBOOK})
    return path.read_bytes()


async def _until_told(manager: LearningManager) -> None:
    for telling in list(manager.drafts._tellings.values()):
        if telling.task is not None:
            await asyncio.wait_for(telling.task, 20)


async def test_nothing_is_told_without_the_wish(manager: LearningManager, twin: ServiceTwin, tmp_path: Path) -> None:
    await _save(manager, tmp_path)
    await manager.on_contents_event(None, "", {"action": "save", "path": "own/notes.ipynb"})
    await manager.on_contents_event(None, "", {"action": "get", "path": NOTEBOOK})
    assert (_puts(twin), manager.drafts._tellings) == (0, {})


async def test_what_is_saved_is_told_and_sent_only_if_the_site_lacks_it(
    manager: LearningManager, twin: ServiceTwin, tmp_path: Path
) -> None:
    answer = await manager.wish_draft(*SQUARES, wanted=True)
    assert answer["wanted"] is True
    await _until_told(manager)
    assert _puts(twin) == 2  # its sum, then what it is of
    content = await _save(manager, tmp_path)
    await _until_told(manager)
    assert twin.drafts[SQUARES] == {"squares.ipynb": content}
    before = _puts(twin)
    await manager.on_contents_event(None, "", {"action": "save", "path": NOTEBOOK})
    await _until_told(manager)
    assert _puts(twin) == before + 1


async def test_many_saves_are_told_together_and_the_last_one_is_told(
    manager: LearningManager, twin: ServiceTwin, tmp_path: Path
) -> None:
    await manager.wish_draft(*SQUARES, wanted=True)
    await _until_told(manager)
    before = twin.saved
    for _ in range(20):
        content = await _save(manager, tmp_path)
    await _until_told(manager)
    assert twin.drafts[SQUARES] == {"squares.ipynb": content}
    assert before < twin.saved < before + 20


async def test_taking_the_wish_back_ends_it_here_and_there(
    manager: LearningManager, twin: ServiceTwin, tmp_path: Path
) -> None:
    await manager.wish_draft(*SQUARES, wanted=True)
    await _until_told(manager)
    await manager.wish_draft(*SQUARES, wanted=False)
    before = _puts(twin)
    await _save(manager, tmp_path)
    await _until_told(manager)
    assert (_puts(twin), twin.drafts) == (before, {})


async def test_a_wish_taken_back_elsewhere_is_noticed(
    manager: LearningManager, twin: ServiceTwin, tmp_path: Path
) -> None:
    await manager.wish_draft(*SQUARES, wanted=True)
    await _until_told(manager)
    twin.drafts.clear()
    await _save(manager, tmp_path)
    await _until_told(manager)
    assert manager.workspace.get_record(*SQUARES).hand_in_at_due is False


async def test_a_site_that_is_away_is_told_later(manager: LearningManager, twin: ServiceTwin, tmp_path: Path) -> None:
    await manager.wish_draft(*SQUARES, wanted=True)
    await _until_told(manager)
    twin.failures["/draft"] = [503, 429]
    content = await _save(manager, tmp_path)
    await _until_told(manager)
    assert twin.drafts[SQUARES] == {"squares.ipynb": content}


async def test_what_keeps_it_from_being_told_is_shown(
    manager: LearningManager, twin: ServiceTwin, tmp_path: Path
) -> None:
    """Until it is told; what is no longer a notebook is never sent."""
    await manager.wish_draft(*SQUARES, wanted=True)
    await _until_told(manager)
    whole = (tmp_path / NOTEBOOK).read_text()
    await _save(manager, tmp_path, "no notebook")
    await _until_told(manager)
    (shown,) = await manager.list_local()
    assert shown.draft_problem is not None
    assert "can't be read as a notebook" in shown.draft_problem
    (tmp_path / NOTEBOOK).write_text(whole)
    await _save(manager, tmp_path)
    await _until_told(manager)
    assert (await manager.list_local())[0].draft_problem is None


async def test_a_refusal_of_the_wish_changes_nothing_here(manager: LearningManager, twin: ServiceTwin) -> None:
    twin.failures["/draft"] = [409]
    with pytest.raises(SiteRefused):
        await manager.wish_draft(*SQUARES, wanted=True)
    assert manager.workspace.get_record(*SQUARES).hand_in_at_due is False
    with pytest.raises(NotFetched):
        await manager.wish_draft("first-steps", "cubes", wanted=True)


async def test_a_new_home_recalls_the_wish_and_fetching_again_keeps_it(
    manager: LearningManager, twin: ServiceTwin, tmp_path: Path
) -> None:
    twin.drafts[SQUARES] = {}
    (tmp_path / "first-steps/squares/.nbquest.json").unlink()
    await manager.fetch(*SQUARES)
    assert manager.workspace.get_record(*SQUARES).hand_in_at_due is True
    await manager.fetch(*SQUARES)
    assert manager.workspace.get_record(*SQUARES).hand_in_at_due is True
    await manager.resume_drafts()
    await _until_told(manager)
    assert set(twin.drafts[SQUARES]) == {"squares.ipynb"}


async def test_stopping_tells_what_waits(manager: LearningManager, twin: ServiceTwin, tmp_path: Path) -> None:
    manager.drafts = DraftReporter(manager.workspace, manager.client, log=LOG, pause=3600)
    await manager.wish_draft(*SQUARES, wanted=True)
    await _until_told(manager)
    content = await _save(manager, tmp_path)
    await manager.drafts.close()
    assert twin.drafts[SQUARES] == {"squares.ipynb": content}


def test_the_pause_is_shorter_where_it_is_soon_due(tmp_path: Path) -> None:
    reporter = DraftReporter(None, None, log=LOG, clock=lambda: 1000.0)  # type: ignore[arg-type]
    assert reporter._wait(_Telling()) == 0
    assert reporter._wait(_Telling(told_at=1000.0)) == PAUSE
    assert reporter._wait(_Telling(told_at=990.0)) == PAUSE - 10
    assert reporter._wait(_Telling(told_at=1000.0, ends_at=1010.0)) == 10 - MARGIN
    assert reporter._wait(_Telling(told_at=1000.0, ends_at=1003.0)) == 1
    assert reporter._wait(_Telling(told_at=1000.0, ends_at=900.0)) == PAUSE
