"""Where two texts are alike: the longest runs of equal tokens around the fingerprints that both have. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nbquest.similarity.fingerprints import RUN, Scanned

MOST_PLACES = 8
"""Places of one fingerprint in one text that are looked at: what repeats itself is told of a few times, not squared."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Tokens of a cell (by number, from 0): from `start` up to `end`, which is not part of it."""

    cell: int
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Two places of equal tokens, and the fingerprints in it."""

    left: Place
    right: Place
    hashes: frozenset[int]


def find_passages(left: Sequence[Scanned], right: Sequence[Scanned]) -> list[Passage]:
    """Return where the cells are alike, in the left one's order; no two passages lie on each other by half or more.

    A passage may reach over lines of the template, but neither begins nor ends with them.
    """
    candidates = [
        found for found in (_trim(left, right, grown) for grown in _grow_all(left, right)) if found is not None
    ]
    candidates.sort(key=lambda one: (one.left.start - one.left.end, one.left.cell, one.left.start))
    taken_left: set[tuple[int, int]] = set()
    taken_right: set[tuple[int, int]] = set()
    chosen: list[Passage] = []
    for passage in candidates:
        if _overlaps(passage.left, taken_left) or _overlaps(passage.right, taken_right):
            continue
        taken_left.update(_positions(passage.left))
        taken_right.update(_positions(passage.right))
        chosen.append(passage)
    return sorted(chosen, key=lambda passage: (passage.left.cell, passage.left.start))


def lines_of(cell: Scanned, place: Place) -> list[int]:
    """Return the lines (from 0) that hold the learner's own tokens of the place."""
    return sorted({cell.tokens.lines[position] for position in range(place.start, place.end) if cell.own[position]})


def _grow_all(left: Sequence[Scanned], right: Sequence[Scanned]) -> list[tuple[Place, Place]]:
    theirs = _places(right)
    grown: dict[tuple[int, int, int], list[tuple[Place, Place]]] = {}
    for found, places in _places(left).items():
        for cell, start in places:
            for other_cell, other_start in theirs.get(found, ()):
                diagonal = grown.setdefault((cell, other_cell, start - other_start), [])
                if any(mine.start <= start < mine.end for mine, _ in diagonal):
                    continue
                seed = Place(cell=cell, start=start, end=start + RUN)
                other = Place(cell=other_cell, start=other_start, end=other_start + RUN)
                pair = _grow(left[cell].tokens.kinds, seed, right[other_cell].tokens.kinds, other)
                if pair is not None:
                    diagonal.append(pair)
    return [pair for diagonal in grown.values() for pair in diagonal]


def _places(cells: Sequence[Scanned]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for number, cell in enumerate(cells):
        for fingerprint in cell.fingerprints:
            places = found.setdefault(fingerprint.hash, [])
            if len(places) < MOST_PLACES:
                places.append((number, fingerprint.start))
    return found


def _grow(one: Sequence[str], seed: Place, other: Sequence[str], other_seed: Place) -> tuple[Place, Place] | None:
    """Return the longest equal tokens around these two places; None where only their hashes were equal."""
    start, other_start = seed.start, other_seed.start
    if one[start : seed.end] != other[other_start : other_seed.end]:
        return None
    before = 0
    while before < min(start, other_start) and one[start - before - 1] == other[other_start - before - 1]:
        before += 1
    length = RUN
    most = min(len(one) - start, len(other) - other_start)
    while length < most and one[start + length] == other[other_start + length]:
        length += 1
    return (
        replace(seed, start=start - before, end=start + length),
        replace(other_seed, start=other_start - before, end=other_start + length),
    )


def _trim(left: Sequence[Scanned], right: Sequence[Scanned], grown: tuple[Place, Place]) -> Passage | None:
    """Return the passage without what of the template is at its ends; None where nothing else is in it."""
    mine, theirs = grown
    shift = theirs.start - mine.start
    cell, other = left[mine.cell], right[theirs.cell]
    own = [at for at in range(mine.start, mine.end) if cell.own[at] and other.own[at + shift]]
    if not own:
        return None
    first, last = own[0], own[-1] + 1
    return Passage(
        left=replace(mine, start=first, end=last),
        right=replace(theirs, start=first + shift, end=last + shift),
        hashes=frozenset(
            found.hash for found in cell.fingerprints if mine.start <= found.start and found.start + RUN <= mine.end
        ),
    )


def _positions(place: Place) -> list[tuple[int, int]]:
    return [(place.cell, position) for position in range(place.start, place.end)]


def _overlaps(place: Place, taken: set[tuple[int, int]]) -> bool:
    return 2 * sum(1 for position in _positions(place) if position in taken) >= place.end - place.start
