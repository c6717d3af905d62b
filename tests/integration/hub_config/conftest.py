"""A running Hub for the tests of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from nbquest.db import migrate
from tests.factories.hub import RunningHub, running_hub


@pytest.fixture(scope="module")
def hub(empty_database_factory: Callable[[], str]) -> Iterator[RunningHub]:
    """A Hub with the local spawner."""
    url = empty_database_factory()
    migrate.upgrade(url)
    with running_hub(url, "local") as hub:
        yield hub
