"""Carries the states of the global random generators over, where a test has to do with chance.

In the notebook there is one generator for the test and for what it tests: what one draws the other doesn't see again.
"""

from __future__ import annotations

import array
import random
import re
import sys
from typing import Any

from grader.sandbox.inside.separate.codec_limits import CodecError

_WORDS = 624
_MAX_BLOCKS = 5_000
_ABOUT_CHANCE = re.compile(r"random|rand|seed|shuffle|\.sample\(|choice|bootstrap")


def is_about_chance(source: str) -> bool:
    """Whether a cell may draw random numbers or seed a generator."""
    return _ABOUT_CHANCE.search(source) is not None


class Randomness:
    """The generators of this process, and the states that the other is known to have."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def changes(self) -> tuple[Any, Any]:
        """Return the states that the other side doesn't have, of `random` and of numpy, None for one that it has."""
        return self._change("random", _python_state()), self._change("numpy", _numpy_state())

    def _change(self, name: str, state: Any) -> Any:
        if self._known.get(name) == state:
            return None
        self._known[name] = state
        return state

    def follow(self, states: Any) -> None:
        """Take the states of the other side, as far as ours lead there by drawing numbers. Raises CodecError."""
        try:
            python, numpy = states
            self.apply((self._reached("random", python), self._reached("numpy", numpy)))
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            raise CodecError("not the state of a random generator") from error

    def _reached(self, name: str, state: Any) -> Any:
        if state is None or not _leads(_words_of(self._known.get(name)), _words_of(state)):
            return None
        return state

    def apply(self, states: Any) -> None:
        """Take the states of the other side. Raises CodecError."""
        try:
            python, numpy = states
            if python is not None:
                version, words, gauss = python
                random.setstate((version, tuple(array.array("I", words)), gauss))
                self._known["random"] = python
            if numpy is not None and "numpy" in sys.modules:
                name, words, *rest = numpy
                generators = sys.modules["numpy"].random
                generators.set_state((name, array.array("I", words), *rest))
                self._known["numpy"] = numpy
        except (ValueError, TypeError, OverflowError) as error:
            raise CodecError("not the state of a random generator") from error


def _words_of(state: Any) -> tuple[bytes, int]:
    """Return the block of words that a Mersenne twister holds, and its position in it."""
    if state[0] == "MT19937":
        return state[1], state[2]
    words = array.array("I", state[1])
    return words[:-1].tobytes(), words[-1]


def _leads(first: tuple[bytes, int], last: tuple[bytes, int]) -> bool:
    """Whether a twister comes from one state to another by drawing at most a few million words."""
    (block, position), (wanted, end) = first, last
    if block == wanted:
        return position <= end <= _WORDS
    twister = random.Random()  # noqa: S311  (a step of the very generator that is asked about)
    for _ in range(_MAX_BLOCKS):
        twister.setstate((3, (*array.array("I", block), _WORDS), None))
        twister.getrandbits(32)
        block = array.array("I", twister.getstate()[1][:-1]).tobytes()
        if block == wanted:
            return 0 <= end <= _WORDS
    return False


def _python_state() -> Any:
    version, words, gauss = random.getstate()
    return version, array.array("I", words).tobytes(), gauss


def _numpy_state() -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    name, key, *rest = numpy.random.get_state()
    return (name, key.tobytes(), *rest) if name == "MT19937" else None
