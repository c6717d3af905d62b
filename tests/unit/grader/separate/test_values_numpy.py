"""Arrays arrive with dtype, shape, order and bits; trees that claim more than they bring are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.sandbox.inside.separate.codec import CodecError, decode, encode
from tests.factories.values import ARRAYS, DTYPES, NUMPY_SCALARS, crossed, refuse, same, unknown


def read(tree: Any, blob: bytes = b"") -> Any:
    return decode(tree, blob, resolve=unknown, local=True)


@settings(max_examples=400, deadline=None)
@given(ARRAYS)
def test_arrays_arrive_exactly(array: Any) -> None:
    arrived = crossed(array)
    assert same(arrived, array)
    assert (arrived.flags.c_contiguous, arrived.flags.f_contiguous) == (
        array.flags.c_contiguous,
        array.flags.f_contiguous,
    )
    assert arrived.flags.owndata
    assert arrived.flags.writeable


@settings(max_examples=200, deadline=None)
@given(st.lists(NUMPY_SCALARS, max_size=4))
def test_scalars_arrive_exactly(values: list[Any]) -> None:
    assert same(crossed(values), values)


@settings(max_examples=100, deadline=None)
@given(DTYPES)
def test_dtypes_arrive(dtype: Any) -> None:
    assert crossed(dtype) == dtype
    assert crossed(dtype).char == dtype.char


@pytest.mark.parametrize(
    "array",
    [
        np.arange(10)[::3],
        np.arange(12).reshape(3, 4)[:, ::2],
        np.arange(12).reshape(3, 4).T,
        np.broadcast_to(np.float32(1), (3, 2)),
        np.array([[1, None], [[2], {"a": np.arange(2)}]], object).T,
        np.array(np.array(5), object),
        np.empty((0, 3), order="F"),
    ],
    ids=repr,
)
def test_views_and_objects_arrive(array: Any) -> None:
    assert same(crossed(array), array)


def test_a_read_only_array_stays_read_only() -> None:
    array = np.arange(3)
    array.flags.writeable = False
    assert not crossed(array).flags.writeable


def test_one_array_stays_one_array() -> None:
    array = np.arange(3)
    first, second = crossed([array, array])
    assert first is second


@pytest.mark.parametrize(
    "array",
    [
        np.ma.array([1, 2, 3], mask=[0, 1, 0], fill_value=7),
        np.ma.array([[1.5, 2.5]]),
        np.ma.array(["a", "bc"], mask=[1, 0]),
        np.ma.array([1, 2], mask=[1, 0], hard_mask=True),
        np.ma.array([b"a", None], mask=[1, 0], dtype=object),
    ],
    ids=repr,
)
def test_masked_arrays_arrive(array: Any) -> None:
    arrived = crossed(array)
    assert same(arrived, array)
    assert arrived.hardmask == array.hardmask
    assert (arrived.mask is np.ma.nomask) == (array.mask is np.ma.nomask)
    assert crossed(np.ma.masked) is np.ma.masked


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(2, [("a", "i4")]),
        np.zeros(2, "V3"),
        np.rec.array([(1, 2)]),
        np.void(b"ab"),
        np.random.default_rng(1),
        np.ndarray((3,), "S0", b""),
        type("Array", (np.ndarray,), {})(2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_rest_is_the_caller_s(value: Any) -> None:
    assert encode([value], bytearray(), opaque=lambda _value: "mine")[1] == ["mine"]


def test_an_array_that_stores_less_than_it_claims_is_refused() -> None:
    with pytest.raises(CodecError, match="MB"):
        encode(np.broadcast_to(np.int8(1), (1 << 20, 1 << 20)), bytearray(), opaque=refuse)


@pytest.mark.parametrize(
    "tree",
    [
        ["array"],
        ["array", "=d", [1], "C", True, 0, 8],
        ["array", "=d", [2], "C", True, 0, 8, 1],
        ["array", "=d", [1], "C", True, 0, 1, 1],
        ["array", "=d", [1], "C", True, 8, 8, 1],
        ["array", "=d", [1], "C", True, -8, 8, 1],
        ["array", "=d", [-1], "C", True, 0, -8, 1],
        ["array", "=d", [-1, -1], "C", True, 0, 8, 1],
        ["array", "=d", [True], "C", True, 0, 8, 1],
        ["array", "=d", [1] * 40, "C", True, 0, 8, 1],
        ["array", "=d", [1], "K", True, 0, 8, 1],
        ["array", "=d", [1], "C", 1, 0, 8, 1],
        ["array", "=d", 1, "C", True, 0, 8, 1],
        ["array", "=d", [1], "C", True, 0, 8.0, 1],
        ["array", "=d", [0, 1 << 61], "C", True, 0, 0, 1],
        ["array", "=d", [0, 1 << 70], "C", True, 0, 0, 1],
        ["array", "|S0", [1 << 40], "C", True, 0, 0, 1],
        ["array", "<U0", [1 << 40], "C", True, 0, 0, 1],
        ["array", "<U999999999", [0, 1 << 40], "C", True, 0, 0, 1],
        ["array", "|O", [1], "C", True, 0, 8, 1],
        ["array", "O", [1], "C", True, 0, 8, 1],
        ["array", "|V8", [1], "C", True, 0, 8, 1],
        ["array", "d,d", [1], "C", True, 0, 8, 1],
        ["array", "(2,)f", [1], "C", True, 0, 8, 1],
        ["array", "object", [1], "C", True, 0, 8, 1],
        ["array", ["d"], [1], "C", True, 0, 8, 1],
        ["array", "<M8[0D]", [1], "C", True, 0, 8, 1],
        ["array", "<M8[999999999Y]", [0, 1 << 62], "C", True, 0, 0, 1],
        ["array", "|?", [8], "C", True, 0, 8, 1],
        ["array", "<U2", [1], "C", True, 0, 8, 1],
        ["array", ">U2", [1], "C", True, 0, 8, 1],
        ["objects", [2], "C", True, [1], 1],
        ["objects", [1 << 62, 4], "C", True, [], 1],
        ["objects", [1], "C", True, {}, 1],
        ["scalar", "=d", "00"],
        ["scalar", "=d", 5],
        ["scalar", "|?", "02"],
        ["scalar", "|S1", "61"],
        ["scalar", "|O", "00" * 8],
        ["numpy.str", 5],
        ["numpy.bytes", "a"],
        ["dtype", "|V8"],
        ["dtype", 5],
        ["dtype", "<U9999999999"],
        ["numpy.ma", ["l", [], 1], None, ["objects", [], "C", True, [1], 0], False, 1],
        ["numpy.ma", ["objects", [1], "C", True, [1], 0], ["objects", [1], "C", True, [1], 0], None, False, 1],
        ["numpy.ma", ["objects", [1], "C", True, [1], 0], None, None, 0, 1],
        ["numpy.ma", ["ref", 1], None, ["objects", [], "C", True, [1], 0], False, 1],
    ],
    ids=lambda tree: repr(tree)[:60],
)
def test_a_hostile_tree_is_one_error(tree: Any) -> None:
    with pytest.raises(CodecError):
        read(tree, b"\xff" * 8)
