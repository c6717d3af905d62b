"""What a mutable value holds: to see whether it has changed, and to change it in place.

Elements are compared by identity alone; they may be objects whose comparison runs anything.
"""

from __future__ import annotations

import collections
import io
import sys
import zlib
from collections.abc import Callable
from operator import is_
from typing import Any

from grader.sandbox.inside.separate.generators import GENERATOR_NAMES, set_state, state_of

_COPIED = 1 << 16  # bytes up to which an array is remembered whole


class Changed(Exception):
    """A value was changed in a way that can't be done to its copy."""


def snapshot(value: Any) -> Any:
    """Return what `value` holds now, for `changed`."""
    take = _TAKE.get(id(type(value)))
    if take is not None:
        return take(value)
    tools = _tools(type(value))
    return None if tools is None else tools[0](value)


def changed(value: Any, taken: Any) -> bool:
    """Whether `value` holds something else than when `taken` was taken of it."""
    differs = _DIFFERS.get(id(type(value)))
    if differs is not None:
        return differs(value, taken)
    tools = _tools(type(value))
    return tools is not None and tools[1](value, taken)


def replace_contents(value: Any, new: Any) -> None:
    """Make `value` hold what `new` holds. Raises Changed."""
    if type(value) is not type(new):
        raise Changed("a value has become one of another type")
    put = _PUT.get(id(type(value)))
    if put is None:
        tools = _tools(type(value))
        if tools is None:
            raise Changed(f"a {type(value).__name__} was changed in place")
        put = tools[2]
    put(value, new)


# --- Containers of the language ---------------------------------------------------------------------------------------
def _items_differ(value: Any, taken: tuple[Any, ...]) -> bool:
    return len(value) != len(taken) or not all(map(is_, value, taken))


def _take_dict(value: dict[Any, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return tuple(dict.keys(value)), tuple(dict.values(value))


def _dict_differs(value: dict[Any, Any], taken: tuple[tuple[Any, ...], tuple[Any, ...]]) -> bool:
    keys, values = taken
    if len(value) != len(keys):
        return True
    return not (all(map(is_, dict.values(value), values)) and all(map(is_, dict.keys(value), keys)))


def _put_list(value: list[Any], new: list[Any]) -> None:
    value[:] = new


def _put_set(value: set[Any], new: set[Any]) -> None:
    value.clear()
    value.update(new)


def _put_dict(value: dict[Any, Any], new: dict[Any, Any]) -> None:
    value.clear()
    dict.update(value, new)


def _put_deque(value: collections.deque[Any], new: collections.deque[Any]) -> None:
    value.clear()
    value.extend(new)


def _put_bytearray(value: bytearray, new: bytearray) -> None:
    value[:] = new


def _take_buffer(value: Any) -> Any:
    return None if value.closed else (value.getvalue(), value.tell())


def _put_buffer(value: Any, new: Any) -> None:
    if new.closed:
        value.close()
        return
    value.seek(0)
    value.truncate()
    value.write(new.getvalue())
    value.seek(new.tell())


_DICTS = (dict, collections.OrderedDict, collections.defaultdict, collections.Counter)
_TAKE: dict[int, Callable[[Any], Any]] = {
    id(list): tuple,
    id(set): tuple,
    id(collections.deque): tuple,
    id(bytearray): bytes,
    **{id(kind): _take_dict for kind in _DICTS},
    **{id(kind): _take_buffer for kind in (io.StringIO, io.BytesIO)},
}
_DIFFERS: dict[int, Callable[[Any, Any], bool]] = {
    id(list): _items_differ,
    id(set): _items_differ,
    id(collections.deque): _items_differ,
    id(bytearray): lambda value, taken: bool(bytes(value) != taken),
    **{id(kind): _dict_differs for kind in _DICTS},
    **{id(kind): lambda value, taken: _take_buffer(value) != taken for kind in (io.StringIO, io.BytesIO)},
}
_PUT: dict[int, Callable[[Any, Any], None]] = {
    id(list): _put_list,
    id(set): _put_set,
    id(collections.deque): _put_deque,
    id(bytearray): _put_bytearray,
    **{id(kind): _put_dict for kind in _DICTS},
    **{id(kind): _put_buffer for kind in (io.StringIO, io.BytesIO)},
}


# --- numpy and pandas, as far as they are imported --------------------------------------------------------------------
def _fingerprint(array: Any) -> Any:
    if array.dtype.kind == "O":
        return tuple(array.flat)
    if array.nbytes <= _COPIED:
        return array.tobytes()
    whole = array if array.flags.c_contiguous else array.copy()
    view = memoryview(whole.reshape(-1).view("u1"))
    return zlib.crc32(view), zlib.adler32(view)


def _take_array(array: Any) -> Any:
    return array.shape, array.dtype, _fingerprint(array)


def _array_differs(array: Any, taken: Any) -> bool:
    shape, dtype, contents = taken
    if array.shape != shape or array.dtype != dtype:
        return True
    if dtype.kind == "O":
        return not all(map(is_, array.flat, contents))
    return bool(_fingerprint(array) != contents)


def _put_array(array: Any, new: Any) -> None:
    if array.shape != new.shape or array.dtype != new.dtype:
        raise Changed("an array was given another shape or type in place")
    if array.flags.writeable:
        array[...] = new


def _take_masked(array: Any) -> Any:
    numpy = sys.modules["numpy"]
    return _take_array(array.view(numpy.ndarray)), _take_array(numpy.ma.getmaskarray(array))


def _masked_differs(array: Any, taken: Any) -> bool:
    numpy = sys.modules["numpy"]
    data, mask = taken
    return _array_differs(array.view(numpy.ndarray), data) or _array_differs(numpy.ma.getmaskarray(array), mask)


def _put_masked(array: Any, new: Any) -> None:
    _put_array(array.view(type(new.data)), new.data)
    array.mask = new.mask


def _take_frame(frame: Any) -> Any:
    """Remember the blocks of a frame. Since we share them, copy-on-write makes new ones before anything is written."""
    shared = frame.copy(deep=False)
    return shared, [axis.names for axis in shared.axes], getattr(frame, "_name", None)


def _frame_differs(frame: Any, taken: Any) -> bool:
    shared, names, name = taken
    new, old = frame._mgr, shared._mgr
    if getattr(frame, "_name", None) is not name or len(new.blocks) != len(old.blocks):
        return True
    axes = zip(new.axes, old.axes, names[::-1], strict=True)
    if not all(axis.is_(other) and axis.names == known for axis, other, known in axes):
        return True
    return not all(block.refs is other.refs for block, other in zip(new.blocks, old.blocks, strict=True))


def _put_frame(frame: Any, new: Any) -> None:
    object.__setattr__(frame, "_mgr", new._mgr)
    if hasattr(new, "_name"):
        object.__setattr__(frame, "_name", new._name)


def _put_generator(value: Any, new: Any) -> None:
    set_state(value, state_of(new))


_Tools = tuple[Callable[[Any], Any], Callable[[Any, Any], bool], Callable[[Any, Any], None]]
_ARRAY: _Tools = (_take_array, _array_differs, _put_array)
_MASKED: _Tools = (_take_masked, _masked_differs, _put_masked)
_GENERATOR: _Tools = (state_of, lambda value, taken: bool(state_of(value) != taken), _put_generator)
_FRAME: _Tools = (_take_frame, _frame_differs, _put_frame)


def _tools(kind: type) -> _Tools | None:
    """Return what takes, compares and replaces the contents of a value of numpy or pandas; None for any other."""
    if kind.__name__ in GENERATOR_NAMES:
        return _GENERATOR
    numpy, masked = sys.modules.get("numpy"), sys.modules.get("numpy.ma")
    if numpy is not None and kind is numpy.ndarray:
        return _ARRAY
    if masked is not None and kind is masked.MaskedArray:
        return _MASKED
    pandas = sys.modules.get("pandas")
    return _FRAME if pandas is not None and kind in (pandas.DataFrame, pandas.Series) else None
