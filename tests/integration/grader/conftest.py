"""One warm grader for these tests: starting a fork server takes a second or two."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.grading import Grader, GraderOptions, Limits


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    limits = Limits(cell_seconds=2, total_seconds=8, memory_mb=512, disk_mb=64)
    with Grader(GraderOptions(limits=limits)) as made:
        yield made
