"""Values of every type that may cross between the two processes of a grading, hostile trees, and exact comparison."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import json
import math
import pathlib
import struct
import uuid
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal

from grader.sandbox.inside.separate.codec import decode, encode

ZONES = st.sampled_from(
    [None, datetime.UTC, datetime.timezone(datetime.timedelta(hours=-3), "x"), zoneinfo.ZoneInfo("Europe/Paris")]
)
TEXT = st.text(st.characters(codec=None), max_size=8)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(1 << 200), 1 << 200),
    st.floats(),
    st.complex_numbers(),
    TEXT,
    st.binary(max_size=20),
    st.just(...),
    st.just(NotImplemented),
    st.fractions(),
    st.decimals() | st.sampled_from([decimal.Decimal(text) for text in ("-0", "sNaN7", "1E+999999", "1.50")]),
    st.dates(),
    st.datetimes(timezones=ZONES),
    st.times(),
    st.timedeltas(),
    st.uuids(),
    st.builds(range, st.integers(), st.integers(), st.integers(1)),
    st.builds(slice, st.none() | st.integers(), st.none() | st.integers()),
    st.sampled_from([pathlib.Path("/a/b"), pathlib.PurePosixPath("x"), pathlib.PureWindowsPath("c:\\x")]),
    st.sampled_from([math, math.sin, len, int, collections.OrderedDict, str.upper, np.mean, np.add, np.float64]),
)
KEYS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.binary(max_size=8), st.dates())


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    items = st.lists(inner, max_size=4)
    keys = KEYS | st.tuples(KEYS, KEYS)
    pairs = st.dictionaries(keys, inner, max_size=4)
    return st.one_of(
        items,
        items.map(tuple),
        pairs,
        st.sets(keys, max_size=4),
        st.frozensets(keys, max_size=4),
        st.binary(max_size=8).map(bytearray),
        pairs.map(collections.OrderedDict),
        pairs.map(lambda content: collections.defaultdict(list, content)),
        pairs.map(_counter),
        st.builds(collections.deque, items, st.none() | st.integers(0, 9)),
        items.map(_objects),
    )


def _counter(content: dict[Any, Any]) -> collections.Counter[Any]:
    counter: collections.Counter[Any] = collections.Counter()
    dict.update(counter, content)
    return counter


def _objects(items: list[Any]) -> Any:
    array = np.empty(len(items), object)
    for place, item in enumerate(items):
        array[place] = item
    return array


PLAIN = st.recursive(SCALARS, _containers, max_leaves=12)

DTYPES = st.one_of(
    npst.boolean_dtypes(),
    npst.integer_dtypes(endianness="?"),
    npst.unsigned_integer_dtypes(endianness="?"),
    npst.floating_dtypes(endianness="?"),
    npst.complex_number_dtypes(endianness="?"),
    npst.unicode_string_dtypes(endianness="?", max_len=5),
    npst.byte_string_dtypes(max_len=5),
    npst.datetime64_dtypes(endianness="?"),
    npst.timedelta64_dtypes(endianness="?"),
    st.sampled_from([np.dtype("q"), np.dtype("Q"), np.dtype("g"), np.dtype("G"), np.dtype("M8[25s]")]),
)
ARRAYS = st.builds(
    lambda array, order: np.array(array, order=order),
    npst.arrays(DTYPES, npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)),
    st.sampled_from("CF"),
)
NUMPY_SCALARS = npst.arrays(DTYPES, ()).map(lambda array: array[()])


def crossed(value: Any, **options: Any) -> Any:
    """Return what `value` becomes on the other side, through JSON text."""
    blob = bytearray()
    tree = encode(value, blob, opaque=refuse)
    text = json.dumps(tree, allow_nan=False)
    return decode(json.loads(text), bytes(blob), **{"resolve": unknown, "local": True, **options})


def refuse(value: Any) -> Any:
    """Stand for a codec's caller that lets nothing cross but plain values."""
    raise AssertionError(f"{type(value)} isn't plain")


def unknown(tag: str, payload: list[Any]) -> Any:
    """Stand for a codec's caller that knows no trees of its own."""
    raise AssertionError(f"{tag} isn't the codec's: {payload}")


def same(left: Any, right: Any) -> bool:  # noqa: PLR0911 - a rule for each kind of value
    """Whether two values are the same in type, bits, order and whatever else tells them apart."""
    kind = type(left)
    if kind is not type(right):
        return False
    if kind is float:
        return struct.pack(">d", left) == struct.pack(">d", right)
    if kind is complex:
        return same(left.real, right.real) and same(left.imag, right.imag)
    if kind in (list, tuple, collections.deque):
        equal = len(left) == len(right) and all(map(same, left, right))
        return equal and getattr(left, "maxlen", None) == getattr(right, "maxlen", None)
    if kind in (set, frozenset):
        return same(sorted(left, key=_order), sorted(right, key=_order))
    if issubclass(kind, dict):
        factories = [getattr(value, "default_factory", None) for value in (left, right)]
        return factories[0] is factories[1] and same([*left.items()], [*right.items()])
    if kind is decimal.Decimal:
        return str(left) == str(right)
    if kind in (datetime.datetime, datetime.time):
        zones = [value.tzinfo for value in (left, right)]
        return repr(left) == repr(right) and left.fold == right.fold and repr(zones[0]) == repr(zones[1])
    if kind in (np.ndarray, np.ma.MaskedArray) or issubclass(kind, np.generic):
        return _same_arrays(left, right)
    if kind in (pd.Series, pd.DataFrame) or issubclass(kind, pd.Index):
        return _same_frames(left, right)
    return bool(left is right or left == right)


def _order(value: Any) -> tuple[str, str]:
    return type(value).__name__, repr(value)


def _same_arrays(left: Any, right: Any) -> bool:
    if (left.dtype, left.dtype.char, left.shape) != (right.dtype, right.dtype.char, right.shape):
        return False
    if isinstance(left, np.ma.MaskedArray):
        masks = [np.ma.getmaskarray(array) for array in (left, right)]
        return _same_arrays(left.data, right.data) and _same_arrays(*masks) and same(left.fill_value, right.fill_value)
    if isinstance(left, np.ndarray) and left.dtype == object:
        return all(map(same, left.ravel().tolist(), right.ravel().tolist()))
    return left.tobytes() == right.tobytes()


def _same_frames(left: Any, right: Any) -> bool:
    if isinstance(left, pd.Index):
        assert_index_equal(left, right, exact=True)
        return getattr(left, "freq", None) == getattr(right, "freq", None) and left.dtype == right.dtype
    compare = assert_series_equal if isinstance(left, pd.Series) else assert_frame_equal
    compare(left, right, check_freq=True, check_index_type=True, check_exact=True)
    return _same_frames(left.index, right.index) and (
        isinstance(left, pd.Series) or (_same_frames(left.columns, right.columns) and [*left.dtypes] == [*right.dtypes])
    )


def _examples() -> list[Any]:
    days = pd.date_range("2020", periods=3, freq="D")
    labels = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", None])
    row = [1, 2]
    columns = [
        [1, 2, 3],
        ["x", None, "z"],
        pd.Series([1, "x", [2]], dtype=object),
        pd.Categorical(["u", None, "u"], ["v", "u"], ordered=True),
        days,
        pd.date_range("2020", periods=3, tz="Europe/Paris"),
        pd.timedelta_range("1D", periods=3),
        pd.period_range("2020", periods=3, freq="M"),
        pd.interval_range(0, 3),
        pd.array([1, None, 3], "Int64"),
        pd.array([True, None, False], "boolean"),
        pd.array([1.5, None, 2], "Float32"),
        pd.array(["a", None, "c"], "string"),
    ]
    arrays = [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray([[1, 2], [3, 4]]),
        np.array([True, False]),
        np.array(["a", "bé"]),
        np.array([b"a", b"bc"]),
        np.array(["2020", "NaT"], "M8[D]"),
        np.array([1, None, [2]], object),
        np.ma.array([1, 2, 3], mask=[0, 1, 0]),
        np.float64(1.5),
        np.datetime64("2020"),
        np.str_("a"),
        np.dtype("f4"),
    ]
    plain = [
        *(None, True, -0.0, float("nan"), 1 << 90, 2j, "text", "\ud800", b"bytes", range(9), slice(1, None), ...),
        [1, [2.5, "x"], (row, row, b"y"), {"k": {1, 2}, (1, "t"): frozenset([None])}],
        [
            bytearray(b"z"),
            collections.OrderedDict(a=1),
            collections.defaultdict(list, b=[1]),
            collections.Counter("aab"),
        ],
        collections.deque([1, 2], 3),
        [decimal.Decimal("1.50"), fractions.Fraction(1, 3), uuid.UUID(int=5), pathlib.PurePosixPath("/a")],
        [datetime.date(2020, 1, 2), datetime.time(1, 2), datetime.timedelta(1, 2, 3), datetime.UTC],
        datetime.datetime(2020, 1, 2, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
        [math, math.sin, len, int, collections.OrderedDict, np.mean],
    ]
    moments = [
        pd.Timestamp(5),
        pd.Timestamp(5, tz="Europe/Paris"),
        pd.Timedelta(7),
        pd.Period("2020Q1"),
        pd.Interval(1, 2),
    ]
    dtypes = [pd.CategoricalDtype(["a"]), pd.IntervalDtype("int64", "left"), pd.Int8Dtype(), pd.NA, pd.NaT]
    frames = [
        *(pd.Series(column) for column in columns),
        *(pd.DataFrame({"a": column}, index=days) for column in columns[:3]),
        *(pd.Index(column) for column in columns[3:]),
        pd.DataFrame({"a": range(4)}, index=labels),
        pd.DataFrame(),
    ]
    return [*plain, *arrays, moments, dtypes, *frames]


# At least one of each kind.
EXAMPLES = _examples()
