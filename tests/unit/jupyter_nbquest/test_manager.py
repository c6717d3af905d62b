"""One piece of work is one submission, whatever happens on the way; what can't be reached is told."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from jupyter_nbquest.client import ServiceClient
from jupyter_nbquest.errors import SiteNotConfigured, SiteRefused, SiteUnreachable
from jupyter_nbquest.manager import LearningManager

from tests.factories.service_twin import TOKEN, ServiceTwin, running_twin

LOG = logging.getLogger("nbquest-test")


@pytest.fixture
def twin() -> Iterator[ServiceTwin]:
    with running_twin() as twin:
        yield twin


@pytest.fixture
async def manager(twin: ServiceTwin, tmp_path: Path) -> AsyncIterator[LearningManager]:
    manager = LearningManager(tmp_path, ServiceClient(twin.url, lambda: TOKEN), log=LOG, pauses=(0.0, 0.0))
    yield manager
    await manager.close()


def posts(twin: ServiceTwin) -> int:
    return sum(method == "POST" for method, *_ in twin.requests)


async def test_a_hiccup_on_the_way_is_tried_again_under_the_same_key(
    manager: LearningManager, twin: ServiceTwin
) -> None:
    await manager.fetch("first-steps", "squares")
    twin.failures["/submissions"] = [502, 503]
    submission = await manager.submit("first-steps", "squares")
    assert submission["number"] == 1
    assert posts(twin) == 3
    assert len(twin.by_key) == 1


async def test_after_giving_up_the_next_press_uses_the_same_key(
    manager: LearningManager, twin: ServiceTwin, tmp_path: Path
) -> None:
    await manager.fetch("first-steps", "squares")
    twin.failures["/submissions"] = [504, 504, 504]
    with pytest.raises((SiteRefused, SiteUnreachable)):
        await manager.submit("first-steps", "squares")
    pending = manager.workspace.get_record("first-steps", "squares").pending
    assert pending is not None

    await manager.submit("first-steps", "squares")
    assert list(twin.by_key) == [pending.key]
    assert manager.workspace.get_record("first-steps", "squares").pending is None

    # The same work again, on purpose, is a new submission.
    await manager.submit("first-steps", "squares")
    assert len(twin.by_key) == 2


async def test_changed_work_gets_a_new_key(manager: LearningManager, twin: ServiceTwin, tmp_path: Path) -> None:
    await manager.fetch("first-steps", "squares")
    twin.failures["/submissions"] = [504, 504, 504]
    with pytest.raises((SiteRefused, SiteUnreachable)):
        await manager.submit("first-steps", "squares")
    before = manager.workspace.get_record("first-steps", "squares").pending
    path = tmp_path / "first-steps/squares/squares.ipynb"
    path.write_text(path.read_text() + "\n")
    await manager.submit("first-steps", "squares")
    assert before is not None
    assert before.key not in twin.by_key


async def test_a_refusal_is_not_tried_again(manager: LearningManager, twin: ServiceTwin) -> None:
    await manager.fetch("first-steps", "squares")
    twin.failures["/submissions"] = [404]
    with pytest.raises(SiteRefused) as caught:
        await manager.submit("first-steps", "squares")
    assert caught.value.http_status == 404
    assert posts(twin) == 1


async def test_late_work_is_sent_again_with_what_was_agreed_to(manager: LearningManager, twin: ServiceTwin) -> None:
    await manager.fetch("first-steps", "squares")
    assignment = twin.find("first-steps", "squares")
    assignment.standing = {"state": "late", "penalty_percent": 10}
    with pytest.raises(SiteRefused) as caught:
        await manager.submit("first-steps", "squares")
    assert (caught.value.http_status, caught.value.code) == (409, "late-not-accepted")
    assert caught.value.details["penalty_percent"] == 10
    assert twin.submissions == {}
    made = await manager.submit("first-steps", "squares", accept_penalty_percent=10)
    assert (made["late"], made["penalty_percent"]) == (True, 10)
    assert manager.workspace.get_record("first-steps", "squares").pending is None


async def test_submitting_twice_at_once_keeps_both_in_order(manager: LearningManager, twin: ServiceTwin) -> None:
    await manager.fetch("first-steps", "squares")
    both = await asyncio.gather(*(manager.submit("first-steps", "squares") for _ in range(2)))
    assert [each["number"] for each in both] == [1, 2]


async def test_fetching_while_fetching_writes_once(manager: LearningManager) -> None:
    both = await asyncio.gather(*(manager.fetch("first-steps", "squares") for _ in range(2)))
    assert sorted(len(each.written) for each in both) == [0, 1]
    assert all(each.kept == [] for each in both)


async def test_a_site_that_does_not_answer(tmp_path: Path) -> None:
    client = ServiceClient("http://127.0.0.1:9/services/nbquest/", lambda: TOKEN)
    manager = LearningManager(tmp_path, client, log=LOG)
    with pytest.raises(SiteUnreachable, match="try again"):
        await manager.fetch("c", "a")
    with pytest.raises(SiteUnreachable):
        async with client.stream("api/events", headers={}):
            pass
    await manager.close()


@pytest.mark.parametrize(("url", "token"), [("", TOKEN), ("http://127.0.0.1:9/", "")])
async def test_a_server_that_no_site_started(tmp_path: Path, url: str, token: str) -> None:
    manager = LearningManager(tmp_path, ServiceClient(url, lambda: token), log=LOG)
    with pytest.raises(SiteNotConfigured):
        await manager.fetch("c", "a")
    await manager.close()


async def test_a_token_that_is_no_longer_known(twin: ServiceTwin, tmp_path: Path) -> None:
    manager = LearningManager(tmp_path, ServiceClient(twin.url, lambda: "old"), log=LOG)
    with pytest.raises(SiteRefused) as caught:
        await manager.fetch("first-steps", "squares")
    assert caught.value.http_status == 401
    await manager.close()


async def test_a_hostile_release_writes_nothing(manager: LearningManager, twin: ServiceTwin, tmp_path: Path) -> None:
    twin.release_override = {"files": [{"path": "../../x", "sha256": "", "size": 0, "content_base64": ""}]}
    with pytest.raises(Exception, match="nothing was written"):
        await manager.fetch("first-steps", "squares")
    assert list(tmp_path.rglob("*")) == []


async def test_nothing_of_the_token_is_said(
    twin: ServiceTwin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    manager = LearningManager(tmp_path, ServiceClient(twin.url, lambda: TOKEN), log=LOG, pauses=(0.0,))
    twin.failures["/submissions"] = [502, 502]
    await manager.fetch("first-steps", "squares")
    with pytest.raises((SiteRefused, SiteUnreachable)) as caught:
        await manager.submit("first-steps", "squares")
    assert TOKEN not in caplog.text + str(caught.value) + json.dumps(caught.value.details)
    await manager.close()
