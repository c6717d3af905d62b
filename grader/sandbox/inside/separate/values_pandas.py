"""Series, frames, indexes and scalars of pandas.

Column and index types, names and frequencies are kept; `attrs` and flags are not. What has a column that isn't plain
goes to `opaque` as a whole. pandas is taken from `sys.modules`, as numpy is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate import values_columns, values_stdlib
from grader.sandbox.inside.separate.codec_limits import MAX_ITEMS, CodecError, Tree
from grader.sandbox.inside.separate.values_columns import (
    CLOSED,
    column_of,
    decode_column,
    index_of,
    is_frequency,
    quietly,
)
from grader.sandbox.inside.separate.values_numpy import module

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.codec import Decoder, Encoder

# pandas checks a frequency against every element, one by one in Python.
_MAX_REGULAR = 100_000
_INDEXES = ("Index", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "CategoricalIndex", "IntervalIndex")


def tables(pandas: Any) -> tuple[dict[int, Callable[..., Tree]], dict[int, Callable[..., Any]]]:
    """Return what encodes the types of pandas, by `id` of the type: simple, shared."""
    simple, shared = values_columns.tables(pandas)
    simple = simple | {
        id(type(pandas.NaT)): lambda _encoder, _value: ["pandas.NaT"],
        id(type(pandas.NA)): lambda _encoder, _value: ["pandas.NA"],
        id(pandas.Timestamp): _encode_timestamp,
        id(pandas.Timedelta): _encode_timedelta,
        id(pandas.Period): _encode_period,
        id(pandas.Interval): _encode_interval,
    }
    shared = shared | {
        id(pandas.Series): _encode_series,
        id(pandas.DataFrame): _encode_frame,
        id(pandas.RangeIndex): _encode_range,
        id(pandas.MultiIndex): _encode_multi,
        **{id(getattr(pandas, name)): _encode_index for name in _INDEXES},
    }
    return simple, {kind: quietly(build) for kind, build in shared.items()}


# --- Scalars ----------------------------------------------------------------------------------------------------------
def _encode_timestamp(encoder: Encoder, value: Any) -> Tree:
    if not values_stdlib.is_zone(value.tzinfo):
        return encoder.opaque(value)
    return ["pandas.Timestamp", encoder.tree(value.asm8), values_stdlib.encode_zone(encoder, value.tzinfo)]


def _encode_timedelta(encoder: Encoder, value: Any) -> Tree:
    return ["pandas.Timedelta", encoder.tree(value.asm8)]


def _encode_period(encoder: Encoder, value: Any) -> Tree:
    name = value.freqstr
    return ["pandas.Period", int(value.ordinal), name] if is_frequency(name) else encoder.opaque(value)


def _encode_interval(encoder: Encoder, value: Any) -> Tree:
    return ["pandas.Interval", *encoder.many([value.left, value.right]), value.closed]


def _decode_timestamp(decoder: Decoder, moment: Tree, zone: Tree) -> Any:
    value = decoder.value(moment)
    if type(value) is not module().datetime64:
        raise CodecError("not a moment")
    stamp = module("pandas").Timestamp(value)
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(values_stdlib.decode_zone(decoder, zone))


def _decode_timedelta(decoder: Decoder, span: Tree) -> Any:
    value = decoder.value(span)
    if type(value) is not module().timedelta64:
        raise CodecError("not a span of time")
    return module("pandas").Timedelta(value)


def _decode_period(_decoder: Decoder, ordinal: Any, name: Any) -> Any:
    if type(ordinal) is not int or not is_frequency(name):
        raise CodecError("not a period")
    return module("pandas").Period(ordinal=ordinal, freq=name)


def _decode_interval(decoder: Decoder, left: Tree, right: Tree, closed: Any) -> Any:
    if closed not in CLOSED:
        raise CodecError("not an interval")
    return module("pandas").Interval(*decoder.many([left, right]), closed)


# --- Indexes ----------------------------------------------------------------------------------------------------------
def _encode_index(encoder: Encoder, value: Any) -> Tree | None:
    column = column_of(value)
    if not values_columns.is_plain(column):
        return None
    return ["pandas.Index", encoder.part(column), _frequency(value), encoder.tree(value.name)]


def _frequency(index: Any) -> str | None:
    if not _may_be_regular(index) or index.freq is None:
        return None
    name = index.freqstr
    regular = is_frequency(name) and module("pandas").tseries.frequencies.to_offset(name) == index.freq
    return str(name) if regular else None


def _may_be_regular(index: Any) -> bool:
    pandas = module("pandas")
    return type(index) in (pandas.DatetimeIndex, pandas.TimedeltaIndex) and len(index) <= _MAX_REGULAR


def _encode_range(encoder: Encoder, value: Any) -> Tree:
    return ["pandas.RangeIndex", *encoder.many([value.start, value.stop, value.step, value.name])]


def _encode_multi(encoder: Encoder, value: Any) -> Tree | None:
    if not all(values_columns.is_plain(column_of(level)) for level in value.levels):
        return None
    codes = [encoder.part(module().array(code)) for code in value.codes]
    return [
        "pandas.MultiIndex",
        [encoder.part(level) for level in value.levels],
        codes,
        encoder.many(list(value.names)),
    ]


def _decode_index(decoder: Decoder, column: Tree, frequency: Any, name: Tree) -> Any:
    array = decode_column(decoder, column)
    index = module("pandas").Index(array, array.dtype, name=decoder.value(name))
    if frequency is not None:
        if not is_frequency(frequency) or not _may_be_regular(index):
            raise CodecError("not a frequency")
        index.freq = frequency
    return index


def _decode_range(decoder: Decoder, *parts: Tree) -> Any:
    start, stop, step, name = decoder.many(list(parts))
    if any(type(bound) is not int for bound in (start, stop, step)) or len(range(start, stop, step)) > MAX_ITEMS:
        raise CodecError("not a range")
    return module("pandas").RangeIndex(start, stop, step, name=name)


def _decode_multi(decoder: Decoder, levels: Tree, codes: Tree, names: Tree) -> Any:
    if type(levels) is not list or type(codes) is not list:
        raise CodecError("not an index")
    indexes = [index_of(decoder, level) for level in levels]
    places = [values_columns.numbers(decoder, code, "i") for code in codes]
    if not indexes or len(indexes) != len(places) or len({len(place) for place in places}) != 1:
        raise CodecError("not an index")
    for index, place in zip(indexes, places):  # noqa: B905 - the lengths are the same
        if len(place) and not (place.min() >= -1 and place.max() < len(index)):
            raise CodecError("a label that isn't there")
    # What pandas would verify beyond that means hashing all labels.
    return module("pandas").MultiIndex(indexes, places, names=decoder.many(names), verify_integrity=False)


# --- Series and frames ------------------------------------------------------------------------------------------------
def _encode_series(encoder: Encoder, value: Any) -> Tree | None:
    column = column_of(value)
    if not values_columns.is_plain(column) or not _is_plain_index(value.index):
        return None
    return ["pandas.Series", encoder.part(column), encoder.part(value.index), encoder.tree(value.name)]


def _encode_frame(encoder: Encoder, value: Any) -> Tree | None:
    columns = [column_of(column) for _, column in value.items()]
    if not all(map(values_columns.is_plain, columns)) or not all(map(_is_plain_index, (value.index, value.columns))):
        return None
    trees = [encoder.part(column) for column in columns]
    return ["pandas.DataFrame", trees, encoder.part(value.index), encoder.part(value.columns)]


def _is_plain_index(index: Any) -> bool:
    pandas = module("pandas")
    if type(index) is pandas.MultiIndex:
        return all(map(_is_plain_index, index.levels))
    if type(index) is pandas.RangeIndex:
        return True
    return type(index) in (getattr(pandas, name) for name in _INDEXES) and values_columns.is_plain(column_of(index))


def _decode_series(decoder: Decoder, column: Tree, index: Tree, name: Tree) -> Any:
    array, labels = decode_column(decoder, column), index_of(decoder, index)
    return _series(array, labels, decoder.value(name))


def _decode_frame(decoder: Decoder, columns: Tree, index: Tree, names: Tree) -> Any:
    if type(columns) is not list:
        raise CodecError("not a frame")
    arrays = [decode_column(decoder, column) for column in columns]
    labels, headings = index_of(decoder, index), index_of(decoder, names)
    if len(arrays) != len(headings):
        raise CodecError("a column without a name")
    # By place: names may occur twice.
    series = {place: _series(array, labels, None) for place, array in enumerate(arrays)}
    frame = module("pandas").DataFrame(series, index=labels)
    frame.columns = headings
    return frame


def _series(array: Any, labels: Any, name: Any) -> Any:
    if len(array) != len(labels):
        raise CodecError("a column that is too short or too long")
    return module("pandas").Series(array, labels, array.dtype, name)


DECODE_SIMPLE: dict[str, Callable[..., Any]] = {
    **values_columns.DECODE_SIMPLE,
    "pandas.NaT": lambda _decoder: module("pandas").NaT,
    "pandas.NA": lambda _decoder: module("pandas").NA,
    "pandas.Timestamp": _decode_timestamp,
    "pandas.Timedelta": _decode_timedelta,
    "pandas.Period": _decode_period,
    "pandas.Interval": _decode_interval,
}
DECODE_SHARED: dict[str, Callable[..., Any]] = {
    tag: quietly(build)
    for tag, build in {
        **values_columns.DECODE_SHARED,
        "pandas.Index": _decode_index,
        "pandas.RangeIndex": _decode_range,
        "pandas.MultiIndex": _decode_multi,
        "pandas.Series": _decode_series,
        "pandas.DataFrame": _decode_frame,
    }.items()
}
IMMUTABLE = frozenset(("pandas.Index", "pandas.RangeIndex", "pandas.MultiIndex"))
