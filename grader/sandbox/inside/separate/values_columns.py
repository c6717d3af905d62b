"""The arrays that columns and indexes of pandas are made of, and their dtypes.

Each is made of numpy arrays again. An array of any other type (sparse, Arrow's, one that a student wrote) isn't plain,
nor is what it is a column of. pandas is taken from `sys.modules`, as numpy is.
"""

from __future__ import annotations

import functools
import re
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate import values_numpy, values_stdlib
from grader.sandbox.inside.separate.codec_limits import MAX_CATEGORIES, CodecError, Tree
from grader.sandbox.inside.separate.values_numpy import module

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.codec import Decoder, Encoder

# Of an object of pandas, in items: it takes as long to make as these.
_COST = 500
CLOSED = ("left", "right", "both", "neither")
_FREQUENCY = re.compile(r"-?[0-9]{0,9}[A-Za-z]{1,6}(?:-[A-Z0-9]{1,6})?\Z")
_NULLABLE = ("IntegerArray", "FloatingArray", "BooleanArray")
_NAMED_DTYPES = (
    *(f"{kind}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)),
    "Float32",
    "Float64",
    "boolean",
)


@functools.cache
def tables(pandas: Any) -> tuple[dict[int, Callable[..., Tree]], dict[int, Callable[..., Any]]]:
    """Return what encodes dtypes and arrays of pandas, by `id` of the type: simple, shared."""
    arrays = pandas.arrays
    simple: dict[int, Callable[..., Tree]] = {
        **{id(type(pandas.api.types.pandas_dtype(name))): _encode_named for name in _NAMED_DTYPES},
        id(pandas.StringDtype): _encode_string_dtype,
        id(pandas.DatetimeTZDtype): _encode_zoned_dtype,
        id(pandas.PeriodDtype): _encode_period_dtype,
        id(pandas.CategoricalDtype): _encode_categorical_dtype,
        id(pandas.IntervalDtype): _encode_interval_dtype,
    }
    shared: dict[int, Callable[..., Any]] = {
        **{id(getattr(arrays, name)): _encode_nullable for name in _NULLABLE},
        **{id(kind): _encode_strings for kind in _string_arrays(pandas)},
        id(pandas.Categorical): _encode_categorical,
        id(arrays.NumpyExtensionArray): _encode_wrapped,
        id(arrays.DatetimeArray): _encode_moments,
        id(arrays.TimedeltaArray): _encode_spans,
        id(arrays.PeriodArray): _encode_periods,
        id(arrays.IntervalArray): _encode_intervals,
    }
    return simple, shared


def _string_arrays(pandas: Any) -> set[type]:
    kinds = {pandas.arrays.StringArray}
    for options in (("python",), ("pyarrow",), ("python", float("nan")), ("pyarrow", float("nan"))):
        try:
            kinds.add(pandas.StringDtype(*options).construct_array_type())
        except (ImportError, TypeError, ValueError):
            continue
    return kinds


def column_of(data: Any) -> Any:
    """Return the array of an exact Series or Index: an ndarray where that is all there is to it."""
    return data.to_numpy() if issubclass(type(data.dtype), module().dtype) else data.array


def is_plain(column: Any) -> bool:
    """Whether an array may cross."""
    pandas, kind = module("pandas"), type(column)
    if kind is module().ndarray:
        return values_numpy.is_plain(column)
    if kind is pandas.Categorical:
        return len(column.categories) <= MAX_CATEGORIES and is_plain(column_of(column.categories))
    if kind is pandas.arrays.IntervalArray:
        return is_plain(column_of(column.left)) and is_plain(column_of(column.right))
    if kind is pandas.arrays.PeriodArray:
        return is_frequency(column.freqstr)
    if kind is pandas.arrays.DatetimeArray:
        return values_stdlib.is_zone(column.tz)
    return id(kind) in tables(pandas)[1]


def is_frequency(name: Any) -> bool:
    """Whether `name` may be the name of a frequency."""
    return type(name) is str and _FREQUENCY.match(name) is not None


def quietly(build: Callable[..., Any]) -> Callable[..., Any]:
    """Return `build` without its warnings: in a test cell, what is written to stderr costs the score."""

    def quiet(coder: Any, *parts: Any) -> Any:
        coder.count(_COST)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return build(coder, *parts)

    return quiet


def decode_column(decoder: Decoder, tree: Tree) -> Any:
    """Return a one-dimensional array, which may be written to. Raises CodecError for anything else."""
    array = decoder.part(tree)
    if type(array) is module().ndarray:
        if array.ndim != 1:
            raise CodecError("not a column")
        # What pandas hands out of a column may be read-only; the column isn't.
        array.flags.writeable = True
    elif id(type(array)) not in tables(module("pandas"))[1]:
        raise CodecError("not a column")
    return array


def numbers(decoder: Decoder, tree: Tree, kinds: str) -> Any:
    """Return a one-dimensional ndarray of one of these kinds (of dtype). Raises CodecError for anything else."""
    array = decode_column(decoder, tree)
    if type(array) is not module().ndarray or array.dtype.kind not in kinds:
        raise CodecError("not a column of numbers")
    return array


def index_of(decoder: Decoder, tree: Tree) -> Any:
    """Return an index of pandas. Raises CodecError for anything else."""
    index = decoder.part(tree)
    if not issubclass(type(index), module("pandas").Index):
        raise CodecError("not an index")
    return index


# --- Dtypes -----------------------------------------------------------------------------------------------------------
def _encode_named(_encoder: Encoder, value: Any) -> Tree:
    return ["pandas.dtype", value.name]


def _encode_string_dtype(_encoder: Encoder, value: Any) -> Tree:
    missing = "NA" if getattr(value, "na_value", None) is module("pandas").NA else "nan"
    return ["pandas.string", value.storage, missing]


def _encode_zoned_dtype(encoder: Encoder, value: Any) -> Tree:
    if not values_stdlib.is_zone(value.tz):
        return encoder.opaque(value)
    return ["pandas.zoned", value.unit, values_stdlib.encode_zone(encoder, value.tz)]


def _encode_period_dtype(encoder: Encoder, value: Any) -> Tree:
    # Not `freq.freqstr`: periods have names of their own for some frequencies.
    name = value.name[len("period[") : -1]
    return ["pandas.period", name] if is_frequency(name) else encoder.opaque(value)


def _encode_categorical_dtype(encoder: Encoder, value: Any) -> Tree:
    categories = value.categories
    if categories is not None and not (len(categories) <= MAX_CATEGORIES and is_plain(column_of(categories))):
        return encoder.opaque(value)
    return ["pandas.category", None if categories is None else encoder.part(categories), value.ordered]


def _encode_interval_dtype(encoder: Encoder, value: Any) -> Tree:
    return ["pandas.interval", encoder.tree(value.subtype), value.closed]


def _decode_named(_decoder: Decoder, name: Any) -> Any:
    if name not in _NAMED_DTYPES:
        raise CodecError("not a dtype")
    return module("pandas").api.types.pandas_dtype(name)


def _decode_string_dtype(_decoder: Decoder, storage: Any, missing: Any) -> Any:
    # The other storage would import pyarrow.
    if storage != "python" and not (storage == "pyarrow" and "pyarrow" in sys.modules):
        raise CodecError("not a dtype")
    if missing == "NA":
        return module("pandas").StringDtype(storage)
    return module("pandas").StringDtype(storage, float("nan"))


def _decode_zoned_dtype(decoder: Decoder, unit: Any, zone: Tree) -> Any:
    if unit not in ("s", "ms", "us", "ns"):
        raise CodecError("not a unit")
    return module("pandas").DatetimeTZDtype(unit, values_stdlib.decode_zone(decoder, zone))


def _decode_period_dtype(_decoder: Decoder, name: Any) -> Any:
    if not is_frequency(name):
        raise CodecError("not a frequency")
    return module("pandas").PeriodDtype(name)


def _decode_categorical_dtype(decoder: Decoder, categories: Tree, ordered: Any) -> Any:
    if ordered not in (None, False, True):
        raise CodecError("not a dtype")
    index = None if categories is None else _categories(decoder, categories)
    return module("pandas").CategoricalDtype(index, ordered)


def _categories(decoder: Decoder, tree: Tree) -> Any:
    index = index_of(decoder, tree)
    if len(index) > MAX_CATEGORIES:
        raise CodecError(f"more than {MAX_CATEGORIES} categories")
    return index


def _decode_interval_dtype(decoder: Decoder, subtype: Tree, closed: Any) -> Any:
    kind = None if subtype is None else decoder.value(subtype)
    known = kind is None or issubclass(type(kind), module().dtype) or type(kind) is module("pandas").DatetimeTZDtype
    if not known or closed not in (None, *CLOSED):
        raise CodecError("not a dtype")
    return module("pandas").IntervalDtype(kind, closed)


# --- Arrays -----------------------------------------------------------------------------------------------------------
def _encode_nullable(encoder: Encoder, value: Any) -> Tree:
    data, mask = value._data, value._mask
    return ["pandas.nullable", type(value).__name__, encoder.part(data), encoder.part(mask)]


def _decode_nullable(decoder: Decoder, name: Any, data: Tree, mask: Tree) -> Any:
    if name not in _NULLABLE:
        raise CodecError("not an array of pandas")
    elements, missing = numbers(decoder, data, "biuf"), numbers(decoder, mask, "b")
    if len(elements) != len(missing):
        raise CodecError("not a mask")
    return getattr(module("pandas").arrays, name)(elements, missing)


def _encode_strings(encoder: Encoder, value: Any) -> Tree:
    items = [item if type(item) is str else None for item in value.to_numpy(object)]
    return ["pandas.strings", _encode_string_dtype(encoder, value.dtype), encoder.many(items)]


def _decode_strings(decoder: Decoder, dtype: Tree, items: Tree) -> Any:
    texts, kind = decoder.many(items), decoder.value(dtype)
    if not {str, type(None)}.issuperset(map(type, texts)) or type(kind) is not module("pandas").StringDtype:
        raise CodecError("not an array of strings")
    return module("pandas").array(values_numpy.objects(texts), kind)


def _encode_categorical(encoder: Encoder, value: Any) -> Tree:
    if not is_plain(value):
        return None
    return ["pandas.categorical", encoder.part(value.codes), encoder.part(value.categories), bool(value.ordered)]


def _decode_categorical(decoder: Decoder, codes: Tree, categories: Tree, ordered: Any) -> Any:
    places, index = numbers(decoder, codes, "i"), _categories(decoder, categories)
    if type(ordered) is not bool:
        raise CodecError("not a categorical")
    return module("pandas").Categorical.from_codes(places, index, ordered)


def _encode_wrapped(encoder: Encoder, value: Any) -> Tree | None:
    elements = value.to_numpy()
    return ["pandas.wrapped", encoder.part(elements)] if is_plain(elements) else None


def _decode_wrapped(decoder: Decoder, elements: Tree) -> Any:
    return module("pandas").arrays.NumpyExtensionArray(numbers(decoder, elements, values_numpy.KINDS + "O"))


def _encode_moments(encoder: Encoder, value: Any) -> Tree | None:
    if not values_stdlib.is_zone(value.tz):
        return None
    moments = value if value.tz is None else value.tz_convert(None)
    return ["pandas.moments", encoder.part(module().asarray(moments)), values_stdlib.encode_zone(encoder, value.tz)]


def _decode_moments(decoder: Decoder, moments: Tree, zone: Tree) -> Any:
    index = module("pandas").DatetimeIndex(numbers(decoder, moments, "M"))
    if zone is not None:
        index = index.tz_localize("UTC").tz_convert(values_stdlib.decode_zone(decoder, zone))
    return index.array


def _encode_spans(encoder: Encoder, value: Any) -> Tree:
    return ["pandas.spans", encoder.part(module().asarray(value))]


def _decode_spans(decoder: Decoder, spans: Tree) -> Any:
    return module("pandas").TimedeltaIndex(numbers(decoder, spans, "m")).array


def _encode_periods(encoder: Encoder, value: Any) -> Tree | None:
    if not is_plain(value):
        return None
    return ["pandas.periods", _encode_period_dtype(encoder, value.dtype), encoder.part(value.asi8)]


def _decode_periods(decoder: Decoder, dtype: Tree, ordinals: Tree) -> Any:
    kind, places = decoder.value(dtype), numbers(decoder, ordinals, "i")
    if type(kind) is not module("pandas").PeriodDtype or places.dtype != "i8":
        raise CodecError("not an array of periods")
    return module("pandas").arrays.PeriodArray(places, dtype=kind)


def _encode_intervals(encoder: Encoder, value: Any) -> Tree | None:
    if not is_plain(value):
        return None
    return ["pandas.intervals", encoder.part(value.left), encoder.part(value.right), value.closed]


def _decode_intervals(decoder: Decoder, left: Tree, right: Tree, closed: Any) -> Any:
    ends = [index_of(decoder, left), index_of(decoder, right)]
    if closed not in CLOSED:
        raise CodecError("not an array of intervals")
    return module("pandas").arrays.IntervalArray.from_arrays(*ends, closed)


DECODE_SIMPLE: dict[str, Callable[..., Any]] = {
    "pandas.dtype": _decode_named,
    "pandas.string": _decode_string_dtype,
    "pandas.zoned": _decode_zoned_dtype,
    "pandas.period": _decode_period_dtype,
    "pandas.category": _decode_categorical_dtype,
    "pandas.interval": _decode_interval_dtype,
}
DECODE_SHARED: dict[str, Callable[..., Any]] = {
    "pandas.nullable": _decode_nullable,
    "pandas.strings": _decode_strings,
    "pandas.categorical": _decode_categorical,
    "pandas.wrapped": _decode_wrapped,
    "pandas.moments": _decode_moments,
    "pandas.spans": _decode_spans,
    "pandas.periods": _decode_periods,
    "pandas.intervals": _decode_intervals,
}
