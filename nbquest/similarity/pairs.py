"""Which of many sets of fingerprints overlap, and how telling that is. Pure.

By an inverted index, from each fingerprint to who has it: what nobody shares costs nothing.
"""

from __future__ import annotations

import heapq
import math
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

LEAST_SHARED = 8
"""Fingerprints that a pair must share to be told of: about forty tokens, or five lines. Less is seen everywhere."""
LEAST_PERCENT = 30
WEIGHED_AT_MOST = 5_000
"""Pairs whose rarity is looked at; of more, the largest shares."""
_FULL = 1_000


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two sets (by key, the smaller key left) and what they share.

    `left_percent`: how much of the left one's fingerprints the right one has, rounded down; 100 is all.
    `rare_percent`: what both share of all that they have, where a shared fingerprint weighs less the more sets have it,
    and nothing if all do. `holders`: how many sets have a shared fingerprint, the median.
    """

    left: str
    right: str
    shared: int
    left_percent: int
    right_percent: int
    rare_percent: int
    holders: int


def find_pairs(
    sets: Mapping[str, Set[int]],
    *,
    least_percent: int = LEAST_PERCENT,
    least_shared: int = LEAST_SHARED,
    is_apart: Callable[[str, str], bool] = lambda left, right: False,
) -> list[Pair]:
    """Return the pairs that share enough, the most telling first.

    Enough: `least_shared` fingerprints, and `least_percent` of at least one of the two. `is_apart`: pairs that are not
    to be told of; it is given the smaller key first.
    """
    keys = sorted(sets)
    holders = _index(sets, keys)
    found: list[tuple[int, int, str, str]] = []
    for left, row in enumerate(_count_shared(holders, len(keys))):
        for right in range(left + 1, len(keys)):
            shared = row[right]
            if shared < least_shared:
                continue
            one, other = keys[left], keys[right]
            share = max(_percent(shared, len(sets[one])), _percent(shared, len(sets[other])))
            if share >= least_percent and not is_apart(one, other):
                found.append((share, shared, one, other))
    counts = {fingerprint: len(who) for fingerprint, who in holders.items()}
    weights = {count: weigh(count, len(keys)) for count in set(counts.values())}
    largest = heapq.nlargest(WEIGHED_AT_MOST, found)
    pairs = [_pair(sets, counts, weights, left, right) for _, _, left, right in largest]
    return sorted(pairs, key=lambda pair: (-pair.rare_percent, -pair.shared, pair.left, pair.right))


def compare_two(sets: Mapping[str, Set[int]], left: str, right: str) -> Pair:
    """Return these two of the sets as a pair, whatever they share; the smaller key is left."""
    left, right = sorted((left, right))
    wanted = sets[left] | sets[right]
    counts: Counter[int] = Counter()
    for found in sets.values():
        counts.update(found & wanted)
    weights = {count: weigh(count, len(sets)) for count in set(counts.values())}
    return _pair(sets, counts, weights, left, right)


def weigh(count: int, sets: int) -> int:
    """Return the weight, in thousandths, of a fingerprint that `count` of so many sets have.

    1000 for two (and for one), 0 for all, and logarithmic between. With two sets there is nothing to tell it from.
    """
    if count <= 2 or sets <= 2:
        return _FULL
    return round(_FULL * math.log(sets / count) / math.log(sets / 2))


def count_holders(sets: Mapping[str, Set[int]], passage: Set[int]) -> int:
    """Return how many sets have at least half of the passage's fingerprints."""
    return sum(1 for found in sets.values() if passage and 2 * len(passage & found) >= len(passage))


def _index(sets: Mapping[str, Set[int]], keys: list[str]) -> dict[int, list[int]]:
    holders: dict[int, list[int]] = {}
    for number, key in enumerate(keys):
        for fingerprint in sets[key]:
            holders.setdefault(fingerprint, []).append(number)
    return holders


def _count_shared(holders: Mapping[int, list[int]], size: int) -> list[list[int]]:
    """Return how many fingerprints each two share: by the smaller number, then by the other."""
    shared = [[0] * size for _ in range(size)]
    # Passages that the same people have are counted at once.
    for group, count in Counter(tuple(who) for who in holders.values() if len(who) > 1).items():
        for place, left in enumerate(group):
            row = shared[left]
            for right in group[place + 1 :]:
                row[right] += count
    return shared


def _pair(
    sets: Mapping[str, Set[int]], counts: Mapping[int, int], weights: Mapping[int, int], left: str, right: str
) -> Pair:
    common = sets[left] & sets[right]
    rare = sum(weights[counts[found]] for found in common)
    return Pair(
        left=left,
        right=right,
        shared=len(common),
        left_percent=_percent(len(common), len(sets[left])),
        right_percent=_percent(len(common), len(sets[right])),
        rare_percent=_percent(2 * rare, _FULL * (len(sets[left]) + len(sets[right]))),
        holders=round(statistics.median(counts[found] for found in common)) if common else 0,
    )


def _percent(part: int, whole: int) -> int:
    return part * 100 // whole if whole else 0
