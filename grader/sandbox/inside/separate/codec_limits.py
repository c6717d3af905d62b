"""What a value may measure at most, and the one error of the codec."""

from __future__ import annotations

from typing import Any

# JSON data: None, bool, int, float, str stand for themselves; everything else is a list that begins with its tag.
Tree = Any

MAX_DEPTH = 128
# Of one message, a reference counting as much as what it refers to: comparing or printing such a value stays cheap.
MAX_ITEMS = 10_000_000
MAX_BLOB = 64 << 20
MAX_BITS = 1 << 22
MAX_FRACTION_BITS = 1 << 15
MAX_DECIMAL_DIGITS = 20_000
MAX_EXPONENT = 1_000_000
# pandas hashes categories when it makes them, by a function whose collisions can be worked out.
MAX_CATEGORIES = 50_000
# Keys of one hash make a dict slow; more of them than this never happen by chance.
MAX_COLLISIONS = 1_000


class CodecError(ValueError):
    """A value can't cross, or a tree is none that `encode` makes; the message says why."""
