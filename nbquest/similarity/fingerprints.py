"""Fingerprints of token sequences: hashes of short runs, thinned by winnowing. Pure.

The algorithm is that of S. Schleimer, D. Wilkerson and A. Aiken, "Winnowing: Local Algorithms for Document
Fingerprinting", SIGMOD 2003: of every WINDOW runs in a row the one with the smallest hash is kept, the rightmost of
equals. What two texts share is found for certain from GUARANTEE tokens on, and never below RUN tokens.
"""

from __future__ import annotations

import functools
import itertools
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nbquest.similarity.scanner import Tokens, scan

RUN = 16
"""Tokens in a run: two to three lines, most often."""
WINDOW = 5
GUARANTEE = RUN + WINDOW - 1
FORMAT = 1
"""Of stored fingerprints: raised when what a text comes to changes, here or in the scanner."""
TELLING_LINE = 4
"""Tokens from which on a line of the release is known again by its text; shorter ones anybody might write."""
_MODULUS = (1 << 61) - 1
_BASE = 1_313_262_702_137_450_887
_OLDEST = pow(_BASE, RUN - 1, _MODULUS)


@dataclass(frozen=True, kw_only=True)
class Template:
    """What learners were given: its lines, and the hashes of all its runs."""

    lines: frozenset[str] = frozenset()
    runs: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """A kept run: its hash, and the position of its first token."""

    hash: int
    start: int


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """A cell's tokens, which of them (by position) are the learner's own, and its fingerprints in order."""

    tokens: Tokens
    own: tuple[bool, ...]
    fingerprints: tuple[Fingerprint, ...]


def make_template(cells: Iterable[str], language: str) -> Template:
    """Return the template that the given code cells of a release are."""
    lines: set[str] = set()
    runs: set[int] = set()
    for source in cells:
        tokens, texts = scan(source, language), source.split("\n")
        runs.update(hash_runs(tokens.kinds))
        for line, group in itertools.groupby(tokens.lines):
            if len(list(group)) >= TELLING_LINE:
                lines.add(texts[line].strip())
    return Template(lines=frozenset(lines), runs=frozenset(runs))


def scan_cell(source: str, language: str, template: Template) -> Scanned:
    """Return the cell with its fingerprints, of which those that are more template than own work are none."""
    tokens = scan(source, language)
    hashes = hash_runs(tokens.kinds)
    own = _own(source, tokens, hashes, template)
    before = [0, *itertools.accumulate(own)]
    counting = [
        found if 2 * (before[start + RUN] - before[start]) >= RUN else None for start, found in enumerate(hashes)
    ]
    return Scanned(
        tokens=tokens,
        own=tuple(own),
        fingerprints=tuple(Fingerprint(hash=hashes[start], start=start) for start in winnow(counting)),
    )


def hash_runs(kinds: Sequence[str]) -> list[int]:
    """Return the hash (61 bits) of each run of RUN tokens, by where it begins; the same in every process."""
    if len(kinds) < RUN:
        return []
    values = [_value(kind) for kind in kinds]
    rolling = 0
    for value in values[:RUN]:
        rolling = (rolling * _BASE + value) % _MODULUS
    found = [rolling]
    for oldest, newest in zip(values, values[RUN:], strict=False):
        rolling = ((rolling - oldest * _OLDEST) * _BASE + newest) % _MODULUS
        found.append(rolling)
    return found


def winnow(hashes: Sequence[int | None], window: int = WINDOW) -> list[int]:
    """Return the positions of the hashes that are kept, in order; None is never kept."""
    kept: list[int] = []
    for start in range(max(1, len(hashes) - window + 1)):
        best, smallest = -1, 0
        for position, found in enumerate(hashes[start : start + window], start):
            if found is not None and (best < 0 or found <= smallest):
                best, smallest = position, found
        if best >= 0 and (not kept or best != kept[-1]):
            kept.append(best)
    return kept


def _own(source: str, tokens: Tokens, hashes: Sequence[int], template: Template) -> list[bool]:
    given = {number for number, line in enumerate(source.split("\n")) if line.strip() in template.lines}
    own = [line not in given for line in tokens.lines]
    for start, found in enumerate(hashes):
        if found in template.runs:
            own[start : start + RUN] = [False] * RUN
    return own


@functools.lru_cache(maxsize=4096)
def _value(kind: str) -> int:
    return zlib.crc32(kind.encode("utf-8", "surrogatepass")) + 1
