"""Arrays, scalars, masked arrays and dtypes of numpy.

The elements of an array go into the blob; shape and order travel beside them, and the receiver works out the strides.
numpy is taken from `sys.modules`: what isn't imported can't be met when encoding, and is refused when decoding.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.codec_limits import MAX_BLOB, CodecError, Tree

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.codec import Decoder, Encoder

KINDS = "biufcmMSU"
MAX_DIMENSIONS = 32
# Of an array, in items: it takes as long to make as these.
_COST = 20
_NUMBERS = re.compile(r"[=|<>][?bBhHiIlLqQefdgFDG]\Z")
_TEXTS = re.compile(r"(?:[<>]U|\|S)[0-9]{1,9}\Z")
_TIMES = re.compile(r"[<>][Mm]8(?:\[(?:[1-9][0-9]{0,8})?(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?\Z")
_OBJECT = "|O"


def tables(numpy: Any, masked: Any) -> tuple[dict[int, Callable[..., Tree]], dict[int, Callable[..., Any]]]:
    """Return what encodes the types of numpy (and `numpy.ma`, or None), by `id` of the type: simple, shared."""
    scalars = {kind for kind in numpy.sctypeDict.values() if numpy.dtype(kind).kind in KINDS}
    simple: dict[int, Callable[..., Tree]] = {id(kind): _encode_scalar for kind in scalars - {numpy.str_, numpy.bytes_}}
    simple |= {id(numpy.str_): _encode_str, id(numpy.bytes_): _encode_bytes}
    simple |= {id(type(numpy.dtype(kind))): _encode_dtype for kind in (*scalars, object)}
    shared: dict[int, Callable[..., Any]] = {id(numpy.ndarray): _encode_array}
    if masked is not None:
        simple[id(type(masked.masked))] = lambda _encoder, _value: ["numpy.masked"]
        shared[id(masked.MaskedArray)] = _encode_masked
    return simple, shared


def module(name: str = "numpy") -> Any:
    """Return a module that is imported already. Raises CodecError."""
    found = sys.modules.get(name)
    if found is None:
        raise CodecError(f"{name} isn't imported here")
    return found


# --- Dtypes -----------------------------------------------------------------------------------------------------------
def dtype_name(dtype: Any) -> str | None:
    """Return the name of a dtype that may cross, or None. Unlike `dtype.str` it tells `long` from `long long`."""
    if dtype.kind in "biufc":
        return str(dtype.byteorder + dtype.char)
    return str(dtype.str) if dtype.kind in "mMSUO" else None


def dtype_of(name: Any) -> Any:
    """Return the dtype with that name. Raises CodecError; object isn't among them."""
    if type(name) is not str or not (_NUMBERS.match(name) or _TEXTS.match(name) or _TIMES.match(name)):
        raise CodecError("not a dtype")
    return module().dtype(name)


def _encode_dtype(encoder: Encoder, value: Any) -> Tree:
    name = dtype_name(value)
    return encoder.opaque(value) if name is None or value.metadata is not None else ["dtype", name]


def _decode_dtype(_decoder: Decoder, name: Any) -> Any:
    return module().dtype(object) if name == _OBJECT else dtype_of(name)


# --- Scalars ----------------------------------------------------------------------------------------------------------
def _encode_scalar(_encoder: Encoder, value: Any) -> Tree:
    return ["scalar", dtype_name(value.dtype), value.tobytes().hex()]


def _encode_str(encoder: Encoder, value: Any) -> Tree:
    return ["numpy.str", encoder.tree(str.__str__(value))]


def _encode_bytes(encoder: Encoder, value: Any) -> Tree:
    return ["numpy.bytes", encoder.tree(bytes(value))]


def _decode_scalar(_decoder: Decoder, name: Any, digits: Any) -> Any:
    dtype, data = dtype_of(name), bytes.fromhex(digits)
    if dtype.kind in "SU" or len(data) != dtype.itemsize:
        raise CodecError("not a scalar")
    return _checked(module().frombuffer(data, dtype))[0]


def _decode_str(decoder: Decoder, tree: Tree) -> Any:
    value = decoder.value(tree)
    if type(value) is not str:
        raise CodecError("not a str")
    return module().str_(value)


def _decode_bytes(decoder: Decoder, tree: Tree) -> Any:
    value = decoder.value(tree)
    if type(value) is not bytes:
        raise CodecError("not bytes")
    return module().bytes_(value)


# --- Arrays -----------------------------------------------------------------------------------------------------------
def is_plain(array: Any) -> bool:
    """Whether an exact ndarray may cross."""
    dtype = array.dtype
    return array.ndim <= MAX_DIMENSIONS and (dtype.kind == "O" or (dtype.kind in KINDS and dtype.itemsize > 0))


def _encode_array(encoder: Encoder, value: Any) -> Tree | None:
    if not is_plain(value):
        return None
    flags = value.flags
    order = "F" if flags.f_contiguous and not flags.c_contiguous else "C"
    shape = [int(length) for length in value.shape]
    if value.dtype.kind == "O":
        items = encoder.many(value.ravel(order).tolist())
        return ["objects", shape, order, bool(flags.writeable), items]
    # An array may claim far more elements than it stores.
    if value.nbytes > MAX_BLOB:
        raise CodecError(f"more than {MAX_BLOB >> 20} MB")
    raw = encoder.raw(value.tobytes(order))
    return ["array", dtype_name(value.dtype), shape, order, bool(flags.writeable), *raw]


def _decode_array(  # noqa: PLR0917 - the parts of the tree
    decoder: Decoder, name: Any, shape: Any, order: Any, writeable: Any, offset: Any, length: Any
) -> Any:
    dtype, count = dtype_of(name), _count(shape, order, writeable)
    if not dtype.itemsize or count * dtype.itemsize != length:
        raise CodecError("not the elements of this shape")
    decoder.count(_COST + (length >> 6))
    elements = _checked(module().frombuffer(decoder.raw(offset, length), dtype))
    return _shaped(elements, dtype, shape, order, writeable)


def _decode_objects(decoder: Decoder, shape: Any, order: Any, writeable: Any, items: Any) -> Any:
    count, values = _count(shape, order, writeable), decoder.many(items)
    if count != len(values):
        raise CodecError("not the elements of this shape")
    return _shaped(objects(values), module().dtype(object), shape, order, writeable)


def objects(values: list[Any]) -> Any:
    """Return a one-dimensional array of these very objects."""
    array = module().empty(len(values), object)
    for place, value in enumerate(values):
        array[place] = value
    return array


def _count(shape: Any, order: Any, writeable: Any) -> int:
    if type(shape) is not list or len(shape) > MAX_DIMENSIONS or order not in ("C", "F") or type(writeable) is not bool:
        raise CodecError("not the shape of an array")
    if any(type(length) is not int or not 0 <= length < 1 << 62 for length in shape):
        raise CodecError("not the shape of an array")
    return math.prod(shape)


def _shaped(elements: Any, dtype: Any, shape: list[int], order: str, writeable: bool) -> Any:
    array = module().empty(shape, dtype, order)
    array.ravel("K")[...] = elements
    array.flags.writeable = writeable
    return array


def _checked(elements: Any) -> Any:
    """Return `elements`, refusing bytes that no element of this kind has: later on they would lie or raise."""
    kind = elements.dtype.kind
    if kind == "b" and elements.view("u1").max(initial=0) > 1:
        raise CodecError("not a bool")
    if kind == "U" and elements.view(elements.dtype.byteorder + "u4").max(initial=0) > sys.maxunicode:
        raise CodecError("not a character")
    return elements


# --- Masked arrays ----------------------------------------------------------------------------------------------------
def _encode_masked(encoder: Encoder, value: Any) -> Tree | None:
    numpy, masked = module(), module("numpy.ma")
    data = numpy.ndarray.view(value, numpy.ndarray)
    if not is_plain(data):
        return None
    mask = None if value.mask is masked.nomask else encoder.part(value.mask)
    fill = None if _has_default_fill(value, data) else encoder.part(numpy.asarray(value.fill_value, data.dtype))
    return ["numpy.ma", encoder.part(data), mask, fill, bool(value.hardmask)]


def _has_default_fill(value: Any, data: Any) -> bool:
    # That of texts is longer than their dtype may allow.
    return data.dtype.kind in "US" and bool(value.fill_value == module("numpy.ma").default_fill_value(data))


def _decode_masked(decoder: Decoder, data: Tree, mask: Tree, fill: Tree, hard: Any) -> Any:
    numpy, masked = module(), module("numpy.ma")
    array = decoder.part(data)
    where, value = (None if tree is None else decoder.part(tree) for tree in (mask, fill))
    if type(array) is not numpy.ndarray or type(hard) is not bool:
        raise CodecError("not a masked array")
    if where is not None and (type(where) is not numpy.ndarray or where.dtype != bool or where.shape != array.shape):
        raise CodecError("not a mask")
    if value is not None and (type(value) is not numpy.ndarray or value.ndim):
        raise CodecError("not what to fill with")
    where = masked.nomask if where is None else where
    return masked.MaskedArray(array, mask=where, fill_value=None if value is None else value[()], hard_mask=hard)


DECODE_SIMPLE: dict[str, Callable[..., Any]] = {
    "dtype": _decode_dtype,
    "scalar": _decode_scalar,
    "numpy.str": _decode_str,
    "numpy.bytes": _decode_bytes,
    "numpy.masked": lambda _decoder: module("numpy.ma").masked,
}
DECODE_SHARED: dict[str, Callable[..., Any]] = {
    "array": _decode_array,
    "objects": _decode_objects,
    "numpy.ma": _decode_masked,
}
