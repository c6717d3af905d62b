"""Plain values of the language, and `collections`: how each becomes a tree and is built again.

Tables by exact type (`SIMPLE`, `SHARED`: by `id` of the type) and by tag (`DECODE_SIMPLE`, `DECODE_SHARED`). Shared
values carry the sender's number as the last element of their tree; the codec itself adds and removes it.
"""

from __future__ import annotations

import collections
import itertools
import math
import operator
import re
import struct
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from grader.sandbox.inside.separate.codec_limits import (
    MAX_BITS,
    MAX_COLLISIONS,
    CodecError,
    Tree,
)

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.codec import Decoder, Encoder

_Kind = TypeVar("_Kind")

_INT64 = 1 << 63
_HEX = re.compile(rf"-?[0-9a-f]{{1,{MAX_BITS // 4}}}\Z")
_DOUBLE = struct.Struct(">d")
_NONE, _BOOL, _INT, _FLOAT, _STR = (id(kind) for kind in (type(None), bool, int, float, str))
_PLAIN = frozenset((_NONE, _BOOL, _INT, _FLOAT, _STR))


def are_plain(items: list[Any]) -> bool:
    """Whether all of `items` stand for themselves in a tree. A quick look: False may be wrong, True never is."""
    if not items:
        return True
    kind = type(items[0])
    if id(kind) not in _PLAIN or not all(map(operator.is_, map(type, items), itertools.repeat(kind))):
        return False
    if kind is int:
        return bool(min(items) >= -_INT64 and max(items) < _INT64)
    if kind is float:
        return math.isfinite(sum(items))
    return kind is not str or _is_text("".join(items))


def _is_text(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


# --- Scalars ----------------------------------------------------------------------------------------------------------
def _same(_encoder: Encoder, value: Any) -> Tree:
    return value


def _encode_int(_encoder: Encoder, value: int) -> Tree:
    if -_INT64 <= value < _INT64:
        return value
    if value.bit_length() > MAX_BITS:
        raise CodecError(f"an int of more than {MAX_BITS} bits")
    return ["i", format(value, "x")]


def _decode_int(_decoder: Decoder, digits: str) -> int:
    if type(digits) is not str or not _HEX.match(digits):
        raise CodecError("not an int")
    return int(digits, 16)


def _encode_float(_encoder: Encoder, value: float) -> Tree:
    return value if math.isfinite(value) else ["f", _DOUBLE.pack(value).hex()]


def _decode_float(_decoder: Decoder, digits: str) -> float:
    (value,) = _DOUBLE.unpack(bytes.fromhex(digits))
    return float(value)


def _encode_str(_encoder: Encoder, value: str) -> Tree:
    return value if _is_text(value) else ["s", value.encode("utf-8", "surrogatepass").hex()]


def _decode_str(_decoder: Decoder, digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-8", "surrogatepass")


def _encode_complex(encoder: Encoder, value: complex) -> Tree:
    return ["c", _encode_float(encoder, value.real), _encode_float(encoder, value.imag)]


def _decode_complex(decoder: Decoder, real: Tree, imaginary: Tree) -> complex:
    return complex(exactly(float, decoder.value(real)), exactly(float, decoder.value(imaginary)))


def _encode_bytes(encoder: Encoder, value: bytes) -> Tree:
    return ["y", *encoder.raw(value)]


def _decode_bytes(decoder: Decoder, offset: int, length: int) -> bytes:
    return bytes(decoder.raw(offset, length))


def _encode_range(encoder: Encoder, value: range) -> Tree:
    return ["r", *encoder.many([value.start, value.stop, value.step])]


def _decode_range(decoder: Decoder, *bounds: Tree) -> range:
    return range(*(exactly(int, bound) for bound in decoder.many(list(bounds))))


def _encode_slice(encoder: Encoder, value: slice) -> Tree:
    return ["slice", *encoder.many([value.start, value.stop, value.step])]


def _decode_slice(decoder: Decoder, start: Tree, stop: Tree, step: Tree) -> slice:
    return slice(*decoder.many([start, stop, step]))


def exactly(kind: type[_Kind], value: Any) -> _Kind:
    """Return `value`. Raises CodecError when it isn't exactly of type `kind`."""
    if type(value) is not kind:
        raise CodecError(f"not of type {kind.__name__}")
    return value


# --- Containers -------------------------------------------------------------------------------------------------------
def _encode_items(tag: str) -> Callable[[Encoder, Any], Tree]:
    return lambda encoder, value: [tag, encoder.many(list(value))]


def _encode_dict(encoder: Encoder, value: dict[Any, Any]) -> Tree:
    pairs = list(dict.items(value))
    return ["d", encoder.many([key for key, _ in pairs]), encoder.many([item for _, item in pairs])]


def _encode_ordered(encoder: Encoder, value: collections.OrderedDict[Any, Any]) -> Tree:
    pairs = list(value.items())
    return ["ordered", encoder.many([key for key, _ in pairs]), encoder.many([item for _, item in pairs])]


def _encode_counter(encoder: Encoder, value: collections.Counter[Any]) -> Tree:
    return ["counter", *_encode_dict(encoder, value)[1:]]


def _encode_default(encoder: Encoder, value: collections.defaultdict[Any, Any]) -> Tree:
    factory = value.default_factory
    name = next((name for name, known in _FACTORIES.items() if known is factory), None)
    return None if name is None else ["default", name, *_encode_dict(encoder, value)[1:]]


def _encode_deque(encoder: Encoder, value: collections.deque[Any]) -> Tree:
    return ["deque", encoder.many(list(value)), value.maxlen]


def _encode_bytearray(encoder: Encoder, value: bytearray) -> Tree:
    return ["bytearray", *encoder.raw(value)]


def _decode_list(decoder: Decoder, items: Tree) -> list[Any]:
    # Not the list of the tree itself: the caller may want to compare the tree later on.
    return list(decoder.many(items))


def _decode_tuple(decoder: Decoder, items: Tree) -> tuple[Any, ...]:
    return tuple(decoder.many(items))


def _decode_set(decoder: Decoder, items: Tree) -> set[Any]:
    return set(hashable(decoder.many(items)))


def _decode_frozenset(decoder: Decoder, items: Tree) -> frozenset[Any]:
    return frozenset(hashable(decoder.many(items)))


def _pairs(decoder: Decoder, keys: Tree, items: Tree) -> Iterable[tuple[Any, Any]]:
    keys, items = hashable(decoder.many(keys)), decoder.many(items)
    if len(keys) != len(items):
        raise CodecError("a key without a value")
    return zip(keys, items)  # noqa: B905 - the lengths are the same


def _decode_dict(decoder: Decoder, keys: Tree, items: Tree) -> dict[Any, Any]:
    return dict(_pairs(decoder, keys, items))


def _decode_ordered(decoder: Decoder, keys: Tree, items: Tree) -> collections.OrderedDict[Any, Any]:
    return collections.OrderedDict(_pairs(decoder, keys, items))


def _decode_counter(decoder: Decoder, keys: Tree, items: Tree) -> collections.Counter[Any]:
    # An update would add up; only the dict's own way keeps counts as they are.
    counter: collections.Counter[Any] = collections.Counter()
    dict.update(counter, _pairs(decoder, keys, items))
    return counter


def _decode_default(decoder: Decoder, name: str, keys: Tree, items: Tree) -> collections.defaultdict[Any, Any]:
    return collections.defaultdict(_FACTORIES[exactly(str, name)], _pairs(decoder, keys, items))


def _decode_deque(decoder: Decoder, items: Tree, length: Any) -> collections.deque[Any]:
    if length is not None and (type(length) is not int or length < 0):
        raise CodecError("not the length of a deque")
    return collections.deque(decoder.many(items), length)


def _decode_bytearray(decoder: Decoder, offset: int, length: int) -> bytearray:
    return bytearray(decoder.raw(offset, length))


def hashable(keys: list[Any]) -> list[Any]:
    """Return `keys`. Raises CodecError when so many have the same hash that a dict of them would take minutes."""
    if len(keys) > MAX_COLLISIONS and len(keys) - len(set(map(hash, keys))) > MAX_COLLISIONS:
        raise CodecError("keys that collide")
    return keys


_FACTORIES: dict[str, Callable[[], Any] | None] = {
    "None": None,
    **{kind.__name__: kind for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)},
    "deque": collections.deque,
    "Counter": collections.Counter,
}
SIMPLE: dict[int, Callable[[Encoder, Any], Tree]] = {
    _NONE: _same,
    _BOOL: _same,
    _INT: _encode_int,
    _FLOAT: _encode_float,
    _STR: _encode_str,
    id(complex): _encode_complex,
    id(bytes): _encode_bytes,
    id(range): _encode_range,
    id(slice): _encode_slice,
    id(type(...)): lambda _encoder, _value: ["..."],
    id(type(NotImplemented)): lambda _encoder, _value: ["NotImplemented"],
}
# Here, None stands for a value that isn't plain after all.
SHARED: dict[int, Callable[[Encoder, Any], list[Any] | None]] = {
    id(list): _encode_items("l"),
    id(tuple): _encode_items("t"),
    id(dict): _encode_dict,
    id(set): _encode_items("set"),
    id(frozenset): _encode_items("fs"),
    id(bytearray): _encode_bytearray,
    id(collections.OrderedDict): _encode_ordered,
    id(collections.defaultdict): _encode_default,
    id(collections.Counter): _encode_counter,
    id(collections.deque): _encode_deque,
}
DECODE_SIMPLE: dict[str, Callable[..., Any]] = {
    "i": _decode_int,
    "f": _decode_float,
    "s": _decode_str,
    "c": _decode_complex,
    "y": _decode_bytes,
    "r": _decode_range,
    "slice": _decode_slice,
    "...": lambda _decoder: ...,
    "NotImplemented": lambda _decoder: NotImplemented,
}
DECODE_SHARED: dict[str, Callable[..., Any]] = {
    "l": _decode_list,
    "t": _decode_tuple,
    "d": _decode_dict,
    "set": _decode_set,
    "fs": _decode_frozenset,
    "bytearray": _decode_bytearray,
    "ordered": _decode_ordered,
    "default": _decode_default,
    "counter": _decode_counter,
    "deque": _decode_deque,
}
IMMUTABLE = frozenset(("t", "fs"))
