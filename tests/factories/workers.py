"""How the tests are dealt out to several processes (pytest-xdist): what shares a costly fixture stays together.

A group is run by one process, in order. It is a test file; but all that runs in the container engine is one group,
whatever file it is in, because two builds of an image at a time do each other's work, and so are the attacks: the
places that they are written against are planted once on a machine, for as long as a process lives. (xdist's own
groups, `--dist loadgroup`, are lost with pytest 9.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

ENGINE = "docker"
ATTACKS = re.compile(r"tests/security/grader/test_(own_)?attacks\.py")
LONG = ("slow", "corpus", "docker")


def group_of(nodeid: str) -> str:
    """Return the name of the group that a test belongs to."""
    file, _, test = nodeid.partition("::")
    if ATTACKS.fullmatch(file):
        return "attacks"
    return ENGINE if f"[{ENGINE}" in test else file


def deal(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the tests group by group, those groups first that take long, so that no process ends up alone with one."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(group_of(item.nodeid), []).append(item)
    ordered = sorted(groups.values(), key=lambda group: not any(_is_long(item) for item in group))
    return [item for group in ordered for item in group]


def _is_long(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(mark) for mark in LONG)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests into order in each of several processes; alone, leave all as it is."""
    if hasattr(config, "workerinput"):
        items[:] = deal(items)


class Dealer(LoadScopeScheduling):
    """Gives each process that has nothing more to do the next group."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def remove_node(self, node: WorkerController) -> str | None:
        """Deal out what a process that died has left, and return the test that it died of: that one is not run again.

        (xdist's own way gives it to the next one, which dies too, and gives out groups in which nothing is left, for
        which a process waits for ever.)
        """
        groups = self.assigned_work.pop(node).items()
        fatal = next((test for _, group in groups for test, done in group.items() if not done), None)
        for name, group in groups:
            left = {test: done or test == fatal for test, done in group.items()}
            if not all(left.values()):
                self.workqueue[name] = left
        for other in self.assigned_work:
            self._reschedule(other)
        return fatal

    def _reschedule(self, node: WorkerController) -> None:
        """Give a process enough to go on with: it begins a test once it knows the next one."""
        while True:
            super()._reschedule(node)
            if node.shutting_down or self._pending_of(self.assigned_work[node]) > 2:
                return


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Dealer:
    """Use our groups, in our order."""
    config.option.loadscopereorder = False
    return Dealer(config, log)
