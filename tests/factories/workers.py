"""How the tests are dealt out to several worker processes (pytest-xdist): what shares a costly fixture stays together.

A group is run by one worker, in order. It is a test file; of a file whose tests run with each spawner, each spawner's
tests are a group of their own. All that uses the container engine is one group, because images are built there and two
builds of one image at a time do each other's work. A test with a mark `xdist_group` of its own is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

ENGINE = "docker"
LONG = ("slow", "corpus", "docker")


def group_of(item: pytest.Item) -> str:
    """Return the name of the group that the test belongs to."""
    marked = item.get_closest_marker("xdist_group")
    if marked is not None:
        return str(marked.args[0])
    if item.get_closest_marker("docker"):
        return ENGINE
    return item.nodeid.partition("::")[0]


def deal(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the tests group by group, those groups first that take long, so that no worker ends up alone with one."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(group_of(item), []).append(item)
    ordered = sorted(
        groups.values(), key=lambda group: not any(item.get_closest_marker(mark) for item in group for mark in LONG)
    )
    return [item for group in ordered for item in group]


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker, put the tests into groups and these into order; alone, leave all as it is."""
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(group_of(item)))
    items[:] = deal(items)
