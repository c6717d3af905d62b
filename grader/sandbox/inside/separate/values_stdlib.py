"""Plain values of the standard library: exact numbers, dates and times, identifiers, paths.

The tables are as in `values`.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
import re
import sys
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.codec_limits import (
    MAX_DECIMAL_DIGITS,
    MAX_EXPONENT,
    MAX_FRACTION_BITS,
    CodecError,
    Tree,
)
from grader.sandbox.inside.separate.values import exactly

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.codec import Decoder, Encoder

_UTC = datetime.timezone.utc  # noqa: UP017 - Python 3.10 has no other name for it
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(?:/[A-Za-z0-9_+-]{1,40}){0,2}\Z")


# --- Numbers of the standard library ----------------------------------------------------------------------------------
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
    numerator, denominator = (exactly(int, part) for part in decoder.many(list(parts)))
    if max(numerator.bit_length(), denominator.bit_length()) > MAX_FRACTION_BITS or denominator <= 0:
        raise CodecError("not a fraction")
    return fractions.Fraction(numerator, denominator)


# --- Dates and times --------------------------------------------------------------------------------------------------
def _encode_date(_encoder: Encoder, value: datetime.date) -> Tree:
    return ["date", value.year, value.month, value.day]


def _encode_datetime(encoder: Encoder, value: datetime.datetime) -> Tree:
    if not is_zone(value.tzinfo):
        return encoder.opaque(value)
    moment = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    return ["datetime", *moment, value.fold, encode_zone(encoder, value.tzinfo)]


def _encode_time(encoder: Encoder, value: datetime.time) -> Tree:
    if not is_zone(value.tzinfo):
        return encoder.opaque(value)
    moment = [value.hour, value.minute, value.second, value.microsecond]
    return ["time", *moment, value.fold, encode_zone(encoder, value.tzinfo)]


def _encode_timedelta(_encoder: Encoder, value: datetime.timedelta) -> Tree:
    return ["timedelta", value.days, value.seconds, value.microseconds]


def _encode_timezone(encoder: Encoder, value: datetime.timezone) -> Tree:
    if value is _UTC:
        return ["timezone"]
    # The only way to see whether it was given a name.
    offset, *name = value.__getinitargs__()  # type: ignore[attr-defined]
    return ["timezone", encoder.tree(offset), *encoder.many(name)]


def _decode_date(_decoder: Decoder, *numbers: int) -> datetime.date:
    return datetime.date(*_ints(numbers, 3))


def _decode_datetime(decoder: Decoder, *numbers: Any) -> datetime.datetime:
    *moment, fold = _ints(numbers[:-1], 8)
    return datetime.datetime(*moment, tzinfo=decode_zone(decoder, numbers[-1]), fold=fold)  # type: ignore[misc,arg-type]


def _decode_time(decoder: Decoder, *numbers: Any) -> datetime.time:
    *moment, fold = _ints(numbers[:-1], 5)
    return datetime.time(*moment, tzinfo=decode_zone(decoder, numbers[-1]), fold=fold)  # type: ignore[misc,arg-type]


def _decode_timedelta(_decoder: Decoder, *numbers: int) -> datetime.timedelta:
    return datetime.timedelta(*_ints(numbers, 3))


def _decode_timezone(decoder: Decoder, *parts: Any) -> datetime.timezone:
    if not parts:
        return _UTC
    offset, *name = decoder.many(list(parts))
    return datetime.timezone(exactly(datetime.timedelta, offset), *(exactly(str, part) for part in name))


def _ints(numbers: Iterable[Any], count: int) -> list[int]:
    result = [exactly(int, number) for number in numbers]
    if len(result) != count:
        raise CodecError("a number too few or too many")
    return result


# --- Time zones: fixed ones, those of `zoneinfo`, and, for pandas, those of pytz --------------------------------------
def is_zone(zone: Any) -> bool:
    """Whether a time zone (None: none at all) is of a type that may cross."""
    return zone is None or type(zone) is datetime.timezone or _zone_name(zone) is not None


def encode_zone(encoder: Encoder, zone: Any) -> Tree:
    """Return the tree of a time zone, or None."""
    if zone is None or type(zone) is datetime.timezone:
        return encoder.tree(zone)
    name = _zone_name(zone)
    return encoder.opaque(zone) if name is None else ["zone", *name]


def decode_zone(decoder: Decoder, tree: Tree) -> Any:
    """Return the time zone of a tree, or None. Raises CodecError for any other value."""
    zone = None if tree is None else decoder.value(tree)
    if not is_zone(zone):
        raise CodecError("not a time zone")
    return zone


def _zone_name(zone: Any) -> tuple[str, str] | None:
    """Return the library and the name of a zone that this library finds under that name."""
    kind = getattr(sys.modules.get("zoneinfo"), "ZoneInfo", None)
    if type(zone) is kind:
        return ("zoneinfo", zone.key) if type(zone.key) is str and _ZONE.match(zone.key) else None
    pytz = sys.modules.get("pytz")
    if pytz is None:
        return None
    # A class for each zone, an object of it for each of the zone's offsets.
    known = {id(type(pytz.utc)): "UTC"} | {id(type(each)): name for name, each in pytz._tzinfo_cache.items()}
    name = known.get(id(type(zone)))
    return ("pytz", name) if type(name) is str and _ZONE.match(name) else None


def _decode_zone(_decoder: Decoder, library: Any, name: Any) -> Any:
    if type(name) is not str or not _ZONE.match(name) or library not in ("zoneinfo", "pytz"):
        raise CodecError("not a time zone")
    module = sys.modules.get(library)
    if module is None:
        raise CodecError(f"{library} isn't imported here")
    return module.ZoneInfo(name) if library == "zoneinfo" else module.timezone(name)


# --- Identifiers and paths --------------------------------------------------------------------------------------------
def _encode_uuid(_encoder: Encoder, value: uuid.UUID) -> Tree:
    return ["uuid", value.hex]


def _decode_uuid(_decoder: Decoder, digits: str) -> uuid.UUID:
    return uuid.UUID(hex=exactly(str, digits))


def _encode_path(encoder: Encoder, value: pathlib.PurePath) -> Tree:
    return ["path", type(value).__name__, encoder.tree(str(value))]


def _decode_path(decoder: Decoder, name: str, path: Tree) -> pathlib.PurePath:
    return _PATHS[exactly(str, name)](exactly(str, decoder.value(path)))


_PATHS = {
    kind.__name__: kind
    for kind in (pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath)
}

SIMPLE: dict[int, Callable[[Encoder, Any], Tree]] = {
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
DECODE_SIMPLE: dict[str, Callable[..., Any]] = {
    "decimal": _decode_decimal,
    "fraction": _decode_fraction,
    "date": _decode_date,
    "datetime": _decode_datetime,
    "time": _decode_time,
    "timedelta": _decode_timedelta,
    "timezone": _decode_timezone,
    "zone": _decode_zone,
    "uuid": _decode_uuid,
    "path": _decode_path,
}
