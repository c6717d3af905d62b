"""Estimates of how long a grade takes."""

from __future__ import annotations

import pytest

from nbquest.jobs.queue import Place
from nbquest.submissions.waiting import estimate


@pytest.mark.parametrize(
    ("ahead", "slots", "mean", "seconds"),
    [
        (0, 1, 0.04, 1),
        (0, 2, 3.0, 3),
        (10, 2, 3.0, 18),
        (1, 2, 1.0, 2),
        (5, 0, 1.0, None),
        (5, 2, None, None),
    ],
)
def test_estimate(ahead: int, slots: int, mean: float | None, seconds: int | None) -> None:
    assert estimate(Place(ahead=ahead, slots=slots), mean) == seconds
