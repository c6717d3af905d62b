"""Pairs: symmetric, exact, and the rarer what they share, the further ahead."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbquest.similarity.pairs import Pair, compare_two, count_holders, find_pairs, weigh

sets = st.dictionaries(
    st.sampled_from("abcdefgh"), st.frozensets(st.integers(0, 40), min_size=1, max_size=30), max_size=8
)


def _swapped(pair: Pair) -> tuple[str, str, int, int, int, int, int]:
    return (
        pair.right, pair.left, pair.shared, pair.right_percent, pair.left_percent, pair.rare_percent, pair.holders,
    )  # fmt: skip


@given(sets)
def test_it_makes_no_difference_who_is_named_first(given_sets: dict[str, frozenset[int]]) -> None:
    turned = {chr(ord("z") - ord(key) + ord("a")): value for key, value in given_sets.items()}
    back = {key: chr(ord("z") - ord(key) + ord("a")) for key in turned}
    straight = {
        (one.left, one.right, one.shared, one.left_percent, one.right_percent, one.rare_percent, one.holders)
        for one in find_pairs(given_sets, least_shared=1)
    }
    other = {
        (back[left], back[right], *rest) for left, right, *rest in map(_swapped, find_pairs(turned, least_shared=1))
    }
    assert straight == other


@given(sets)
def test_the_index_counts_as_comparing_each_with_each_does(given_sets: dict[str, frozenset[int]]) -> None:
    found = {(pair.left, pair.right): pair for pair in find_pairs(given_sets, least_percent=30, least_shared=3)}
    for left, one in given_sets.items():
        for right, other in given_sets.items():
            if left >= right:
                continue
            shared = len(one & other)
            expected = shared >= 3 and max(shared * 100 // len(one), shared * 100 // len(other)) >= 30
            assert ((left, right) in found) == expected
            if expected:
                assert found[left, right] == compare_two(given_sets, right, left)
                assert found[left, right].shared == shared


@given(st.frozensets(st.integers(0, 10**6), min_size=8, max_size=60), st.integers(0, 10))
def test_the_same_is_all_of_it(hashes: frozenset[int], others: int) -> None:
    among = {f"other-{number}": frozenset({-number - 1}) for number in range(others)}
    (pair,) = find_pairs({"a": hashes, "b": hashes, **among})
    assert (pair.left_percent, pair.right_percent, pair.rare_percent, pair.holders) == (100, 100, 100, 2)


def test_too_little_is_no_pair() -> None:
    """A few fingerprints in common, or many that are a small part of both."""
    assert not find_pairs({"a": frozenset(range(7)), "b": frozenset(range(7))})
    assert not find_pairs({"a": frozenset(range(100)), "b": frozenset(range(90, 190))})
    assert find_pairs({"a": frozenset(range(100)), "b": frozenset(range(90, 110))})


def test_rare_goes_before_common() -> None:
    """What six of ten have is told of after what two have."""
    common = {f"c{number}": frozenset(range(20)) for number in range(6)}
    rare = {f"r{number}": frozenset(range(100, 120)) for number in range(2)}
    lone = {f"l{number}": frozenset({1000 + number}) for number in range(2)}
    first, *rest = find_pairs(common | rare | lone)
    assert (first.left, first.right, first.holders) == ("r0", "r1", 2)
    assert {pair.holders for pair in rest} == {6}
    assert len(rest) == 15


@given(st.integers(3, 500), st.data())
def test_a_weight_falls_with_how_many_have_it(size: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(2, size - 1))
    assert weigh(2, size) == 1000
    assert weigh(size, size) == 0
    assert weigh(count, size) >= weigh(count + 1, size)


def test_pairs_apart_are_left_out() -> None:
    three = {name: frozenset(range(20)) for name in "abc"}
    found = find_pairs(three, is_apart=lambda left, right: (left, right) == ("a", "c"))
    assert [(pair.left, pair.right) for pair in found] == [("a", "b"), ("b", "c")]


def test_who_has_half_of_a_passage_has_it() -> None:
    three = {"a": {1, 2, 3, 4}, "b": {1, 2}, "c": {1}}
    assert count_holders(three, {1, 2, 3, 4}) == 2
    assert count_holders(three, frozenset()) == 0


def test_hundreds_of_the_same_are_counted() -> None:
    """The most telling of very many pairs; nothing is lost but what is not looked at."""
    assert len(find_pairs({f"{number:03}": frozenset(range(50)) for number in range(150)})) == 5000
