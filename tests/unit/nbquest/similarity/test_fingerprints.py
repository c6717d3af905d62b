"""Fingerprints: what they find for certain, what changes nothing, and what was given counts for nobody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbquest.similarity.fingerprints import (
    GUARANTEE,
    RUN,
    WINDOW,
    Template,
    hash_runs,
    make_template,
    scan_cell,
    winnow,
)
from nbquest.similarity.pairs import find_pairs
from tests.factories.similarity import ANSWER, OTHER, RENAMED, SETUP, SIGNATURE

NOTHING = Template()
kinds = st.lists(st.sampled_from(["name", "number", "(", ")", "=", "if", "for"]), max_size=80)
names = st.lists(st.text("abcdefgh", min_size=8, max_size=12), min_size=4, max_size=4, unique=True)


def _hashes(source: str, template: Template = NOTHING, language: str = "python") -> set[int]:
    return {found.hash for found in scan_cell(source, language, template).fingerprints}


@given(kinds, st.integers(1, 8))
def test_each_window_keeps_one(tokens: list[str], window: int) -> None:
    """The property that the paper's guarantee rests on."""
    hashes = hash_runs(tokens)
    kept = set(winnow(hashes, window))
    assert kept <= set(range(len(hashes)))
    assert bool(kept) == bool(hashes)
    for start in range(max(0, len(hashes) - window + 1)):
        assert kept & set(range(start, start + window))


@given(kinds, kinds, kinds, kinds, st.lists(st.sampled_from(["name", "=", "if"]), min_size=GUARANTEE, max_size=40))
def test_what_is_long_enough_is_found_wherever_it_stands(
    before: list[str], after: list[str], other_before: list[str], other_after: list[str], shared: list[str]
) -> None:
    one = hash_runs([*before, *shared, *after])
    other = hash_runs([*other_before, *shared, *other_after])
    assert {one[at] for at in winnow(one)} & {other[at] for at in winnow(other)}


@given(kinds)
def test_runs_are_hashed_by_what_they_hold(tokens: list[str]) -> None:
    """Rolling on gives what hashing each run by itself gives."""
    assert hash_runs(tokens) == [hash_runs(tokens[at : at + RUN])[0] for at in range(max(0, len(tokens) - RUN + 1))]
    assert GUARANTEE == RUN + WINDOW - 1


@given(names)
def test_renaming_changes_nothing(chosen: list[str]) -> None:
    renamed = ANSWER
    for old, new in zip(("numbers", "best", "current", "before"), chosen, strict=True):
        renamed = renamed.replace(old, new)
    assert _hashes(renamed) == _hashes(ANSWER)


def test_comments_and_layout_change_nothing() -> None:
    assert _hashes(RENAMED) == _hashes(ANSWER)


def test_order_changes_little() -> None:
    """Functions that changed places keep what is inside of them."""
    straight, turned = _hashes(f"{ANSWER}\n\n{OTHER}"), _hashes(f"{OTHER}\n\n{ANSWER}")
    assert len(straight & turned) >= 0.8 * len(straight)


def test_what_was_given_counts_for_nobody() -> None:
    """As it is, renamed, or with a short answer in it; and a learner's own code still counts beside it."""
    template = make_template([SETUP, SIGNATURE + "    raise NotImplementedError()"], "python")
    assert _hashes(SETUP)
    assert not _hashes(SETUP, template)
    assert not _hashes(SETUP.replace("numbers", "values").replace("source", "chance"), template)
    assert not _hashes(SIGNATURE + "    return 0", template)
    own = _hashes(ANSWER, template)
    assert own
    assert _hashes(f"{SETUP}\n\n{ANSWER}", template) >= own


def test_short_answers_have_none() -> None:
    assert not _hashes("def square(x):\n    return x * x")
    assert not _hashes("")


def test_what_no_parser_takes_is_compared_all_the_same() -> None:
    broken = ANSWER.replace("return best", "return best)) ]")
    assert len(_hashes(broken) & _hashes(ANSWER)) >= 0.8 * len(_hashes(ANSWER))


def test_cells_of_other_languages_are_compared() -> None:
    text = """
    longest <- function(x) {
      best <- 1; current <- 1
      for (i in seq_along(x)[-1]) {
        if (x[i] > x[i - 1]) { current <- current + 1 } else { current <- 1 }
        best <- max(best, current)
      }
      best
    }
    """
    renamed = text.replace("current", "now").replace("best", "top") + "# another"
    assert len(_hashes(text, language="R")) >= 8
    assert _hashes(text, language="R") == _hashes(renamed, language="R")


def test_two_ways_to_solve_it_are_no_pair() -> None:
    """And the same way is, under other names."""
    sets = {name: frozenset(_hashes(text)) for name, text in [("a", ANSWER), ("b", OTHER), ("c", RENAMED)]}
    (pair,) = find_pairs(sets)
    assert (pair.left, pair.right, pair.left_percent, pair.right_percent) == ("a", "c", 100, 100)
