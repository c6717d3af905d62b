"""How pages write places in the queue, and times."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nbquest.web.format import format_clock, format_elapsed, format_exact, format_place, format_seconds


@pytest.mark.parametrize(
    ("place", "seconds", "has_worker", "words"),
    [
        (1, 1, True, "Next to be graded: about 1 second."),
        (12, 90, True, "Number 12 in the queue: about 90 seconds."),
        (3, None, True, "Number 3 in the queue."),
        (3, None, False, "Nothing grades this course at the moment. It is graded as soon as something does."),
    ],
)
def test_a_place_is_a_sentence(place: int, seconds: int | None, has_worker: bool, words: str) -> None:
    assert format_place(place, seconds, has_worker) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (119, "119 seconds"), (121, "3 minutes"), (7199, "120 minutes"), (7201, "3 hours")],
)
def test_longer_waits_are_told_in_larger_units(seconds: int, words: str) -> None:
    assert format_seconds(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (119, "119 seconds"), (179, "2 minutes"), (7199, "119 minutes"), (10799, "2 hours")],
)
def test_what_has_lasted_is_not_overstated(seconds: int, words: str) -> None:
    assert format_elapsed(seconds) == words


def test_a_clock_needs_its_zone_said_once() -> None:
    moment = datetime(2026, 11, 21, 23, 2, tzinfo=UTC)
    assert format_clock(moment, "Europe/Berlin") == "Sun 22 Nov 2026, 00:02"
    assert format_exact(moment, "Europe/Berlin") == "Sun 22 Nov 2026, 00:02 Europe/Berlin"
