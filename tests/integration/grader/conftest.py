"""One warm grader for these tests: starting a fork server takes a second or two."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.grading import Grader, GraderOptions
from tests.factories.limits import PATIENT


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    with Grader(GraderOptions(limits=PATIENT)) as made:
        yield made
