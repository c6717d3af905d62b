"""Plain values of the language and its standard library: how each becomes a tree and is built again.

Tables by exact type (`SIMPLE`, `SHARED`: by `id` of the type) and by tag (`DECODE_SIMPLE`, `DECODE_SHARED`). Shared
values carry the sender's number as the last element of their tree; the codec itself adds and removes it.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import math
import pathlib
import re
import struct
import uuid
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from grader.sandbox.inside.separate.codec_limits import (
    MAX_BITS,
    MAX_COLLISIONS,
    MAX_DECIMAL_DIGITS,
    MAX_EXPONENT,
    MAX_FRACTION_BITS,
    CodecError,
    Tree,
)

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.codec import Decoder, Encoder

_Container = TypeVar("_Container", bound=Collection[Any])

_INT64 = 1 << 63
_HEX = re.compile(rf"-?[0-9a-f]{{1,{MAX_BITS // 4}}}\Z")
_DOUBLE = struct.Struct(">d")
_NONE, _BOOL, _INT, _FLOAT, _STR = (id(kind) for kind in (type(None), bool, int, float, str))
_UTC = datetime.timezone.utc  # noqa: UP017 - Python 3.10 has no other name for it
_CONSTANTS = frozenset((_NONE, _BOOL))


def are_plain(items: list[Any]) -> bool:
    """Whether all of `items` stand for themselves in a tree. A quick look: False may be wrong, True never is."""
    kinds = set(map(id, map(type, items)))
    if kinds <= _CONSTANTS:
        return True
    if len(kinds) != 1:
        return False
    (kind,) = kinds
    if kind == _INT:
        return bool(min(items) >= -_INT64 and max(items) < _INT64)
    if kind == _FLOAT:
        return math.isfinite(sum(items))
    return kind == _STR and _is_text("".join(items))


def _is_text(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


# --- Scalars ---------------------------------------------------------------------------------------------------------
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
    return complex(_exactly(float, decoder.value(real)), _exactly(float, decoder.value(imaginary)))


def _encode_bytes(encoder: Encoder, value: bytes) -> Tree:
    return ["y", *encoder.raw(value)]


def _decode_bytes(decoder: Decoder, offset: int, length: int) -> bytes:
    return bytes(decoder.raw(offset, length))


def _encode_range(encoder: Encoder, value: range) -> Tree:
    return ["r", *encoder.many([value.start, value.stop, value.step])]


def _decode_range(decoder: Decoder, *bounds: Tree) -> range:
    return range(*(_exactly(int, bound) for bound in decoder.many(list(bounds))))


def _encode_slice(encoder: Encoder, value: slice) -> Tree:
    return ["slice", *encoder.many([value.start, value.stop, value.step])]


def _decode_slice(decoder: Decoder, start: Tree, stop: Tree, step: Tree) -> slice:
    return slice(*decoder.many([start, stop, step]))


def _exactly(kind: type[_Kind], value: Any) -> _Kind:
    if type(value) is not kind:
        raise CodecError(f"not of type {kind.__name__}")
    return value


_Kind = TypeVar("_Kind")


# --- Containers ------------------------------------------------------------------------------------------------------
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
    return decoder.many(items)


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
    return collections.defaultdict(_FACTORIES[_exactly(str, name)], _pairs(decoder, keys, items))


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


# --- Numbers of the standard library ---------------------------------------------------------------------------------
def _encode_decimal(_encoder: Encoder, value: decimal.Decimal) -> Tree:
    return ["decimal", _checked_decimal(value, str(value))]


def _decode_decimal(_decoder: Decoder, text: str) -> decimal.Decimal:
    if type(text) is not str or len(text) > MAX_DECIMAL_DIGITS + 30 or not text.isascii() or "_" in text:
        raise CodecError("not a decimal")
    try:
        value = decimal.Decimal(text)
    except decimal.InvalidOperation as error:
        raise CodecError("not a decimal") from error
    _checked_decimal(value, text)
    return value


def _checked_decimal(value: decimal.Decimal, text: str) -> str:
    if len(text) > MAX_DECIMAL_DIGITS + 30 or (value.is_finite() and abs(value.adjusted()) > MAX_EXPONENT):
        raise CodecError(f"a decimal of more than {MAX_DECIMAL_DIGITS} digits or an exponent beyond {MAX_EXPONENT}")
    return text


def _encode_fraction(encoder: Encoder, value: fractions.Fraction) -> Tree:
    parts = [value.numerator, value.denominator]
    if any(type(part) is not int or part.bit_length() > MAX_FRACTION_BITS for part in parts):
        raise CodecError(f"a fraction of more than {MAX_FRACTION_BITS} bits")
    return ["fraction", *encoder.many(parts)]


def _decode_fraction(decoder: Decoder, *parts: Tree) -> fractions.Fraction:
    numerator, denominator = (_exactly(int, part) for part in decoder.many(list(parts)))
    if max(numerator.bit_length(), denominator.bit_length()) > MAX_FRACTION_BITS or denominator <= 0:
        raise CodecError("not a fraction")
    return fractions.Fraction(numerator, denominator)


# --- Dates, identifiers, paths ---------------------------------------------------------------------------------------
def _encode_date(_encoder: Encoder, value: datetime.date) -> Tree:
    return ["date", value.year, value.month, value.day]


def _encode_datetime(encoder: Encoder, value: datetime.datetime) -> Tree:
    moment = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    zone = value.tzinfo
    if zone is not None and type(zone) is not datetime.timezone:
        return encoder.opaque(value)
    return ["datetime", *moment, value.fold, encoder.tree(zone)]


def _encode_time(encoder: Encoder, value: datetime.time) -> Tree:
    zone = value.tzinfo
    if zone is not None and type(zone) is not datetime.timezone:
        return encoder.opaque(value)
    return ["time", value.hour, value.minute, value.second, value.microsecond, value.fold, encoder.tree(zone)]


def _encode_timedelta(_encoder: Encoder, value: datetime.timedelta) -> Tree:
    return ["timedelta", value.days, value.seconds, value.microseconds]


def _encode_timezone(encoder: Encoder, value: datetime.timezone) -> Tree:
    if value is _UTC:
        return ["timezone"]
    # The only way to see whether it was given a name.
    offset, *name = value.__getinitargs__()  # type: ignore[attr-defined]
    return ["timezone", encoder.tree(offset), *name]


def _decode_date(_decoder: Decoder, *numbers: int) -> datetime.date:
    return datetime.date(*_ints(numbers, 3))


def _decode_datetime(decoder: Decoder, *numbers: Any) -> datetime.datetime:
    *moment, fold = _ints(numbers[:-1], 8)
    return datetime.datetime(*moment, tzinfo=_decode_zone(decoder, numbers[-1]), fold=fold)  # type: ignore[misc,arg-type]


def _decode_time(decoder: Decoder, *numbers: Any) -> datetime.time:
    *moment, fold = _ints(numbers[:-1], 5)
    return datetime.time(*moment, tzinfo=_decode_zone(decoder, numbers[-1]), fold=fold)  # type: ignore[misc,arg-type]


def _decode_zone(decoder: Decoder, tree: Tree) -> datetime.timezone | None:
    return None if tree is None else _exactly(datetime.timezone, decoder.value(tree))


def _decode_timedelta(_decoder: Decoder, *numbers: int) -> datetime.timedelta:
    return datetime.timedelta(*_ints(numbers, 3))


def _decode_timezone(decoder: Decoder, *parts: Any) -> datetime.timezone:
    if not parts:
        return _UTC
    offset, *name = parts
    return datetime.timezone(
        _exactly(datetime.timedelta, decoder.value(offset)), *(_exactly(str, part) for part in name)
    )


def _ints(numbers: Iterable[Any], count: int) -> list[int]:
    result = [_exactly(int, number) for number in numbers]
    if len(result) != count:
        raise CodecError("a number too few or too many")
    return result


def _encode_uuid(_encoder: Encoder, value: uuid.UUID) -> Tree:
    return ["uuid", value.hex]


def _decode_uuid(_decoder: Decoder, digits: str) -> uuid.UUID:
    return uuid.UUID(hex=_exactly(str, digits))


def _encode_path(encoder: Encoder, value: pathlib.PurePath) -> Tree:
    return ["path", type(value).__name__, encoder.tree(str(value))]


def _decode_path(decoder: Decoder, name: str, path: Tree) -> pathlib.PurePath:
    return _PATHS[_exactly(str, name)](_exactly(str, decoder.value(path)))


_FACTORIES: dict[str, Callable[[], Any] | None] = {
    "None": None,
    **{kind.__name__: kind for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)},
    "deque": collections.deque,
    "Counter": collections.Counter,
}
_PATHS = {
    kind.__name__: kind
    for kind in (pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath)
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
    id(decimal.Decimal): _encode_decimal,
    id(fractions.Fraction): _encode_fraction,
    id(datetime.date): _encode_date,
    id(datetime.datetime): _encode_datetime,
    id(datetime.time): _encode_time,
    id(datetime.timedelta): _encode_timedelta,
    id(datetime.timezone): _encode_timezone,
    id(uuid.UUID): _encode_uuid,
    **{id(kind): _encode_path for kind in _PATHS.values()},
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
    "decimal": _decode_decimal,
    "fraction": _decode_fraction,
    "date": _decode_date,
    "datetime": _decode_datetime,
    "time": _decode_time,
    "timedelta": _decode_timedelta,
    "timezone": _decode_timezone,
    "uuid": _decode_uuid,
    "path": _decode_path,
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
