"""How pages write places in the queue."""

from __future__ import annotations

import pytest

from nbquest.web.format import format_place, format_seconds


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
