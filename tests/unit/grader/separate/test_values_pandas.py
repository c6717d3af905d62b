"""Frames arrive with their column and index types, names and frequencies; what pandas would choke on is one error."""

from __future__ import annotations

import datetime
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis.extra import pandas as pdst

from grader.sandbox.inside.separate.codec import CodecError, decode, encode
from grader.sandbox.inside.separate.codec_limits import MAX_CATEGORIES
from tests.factories.values import crossed, refuse, same, unknown

FRAME = pd.DataFrame(
    {
        "ints": [1, 2, 3],
        "small": np.array([1, 2, 3], "i2"),
        "floats": [1.5, float("nan"), -0.0],
        "bools": [True, False, True],
        "complex": [1j, 2, 3],
        "texts": ["x", None, "z"],
        "objects": pd.Series([1, "x", [2]], dtype=object),
        "categories": pd.Categorical(["u", None, "u"], ["v", "u"], ordered=True),
        "numbered": pd.Categorical([1, 2, 1]),
        "moments": pd.date_range("2020", periods=3),
        "seconds": pd.date_range("2020", periods=3, unit="s"),
        "zoned": pd.date_range("2020", periods=3, tz="Europe/Paris"),
        "utc": pd.date_range("2020", periods=3, tz="UTC"),
        "spans": pd.timedelta_range("1D", periods=3),
        "months": pd.period_range("2020", periods=3, freq="M"),
        "weeks": pd.period_range("2020", periods=3, freq="W-SUN"),
        "intervals": pd.interval_range(0, 3),
        "nullable": pd.array([1, None, 3], "Int64"),
        "unsigned": pd.array([1, None, 3], "UInt8"),
        "maybe": pd.array([True, None, False], "boolean"),
        "single": pd.array([1.5, None, 2], "Float32"),
        "strings": pd.array(["a", None, "c"], "string"),
    }
)
GROUPED = FRAME.groupby("bools")[["ints", "floats"]].agg(["mean", "sum"])


@pytest.mark.parametrize("name", FRAME.columns)
def test_columns_of_every_type_arrive(name: str) -> None:
    assert same(crossed(FRAME[name]), FRAME[name])
    assert crossed(FRAME[name].dtype) == FRAME[name].dtype
    arrived = crossed(FRAME[name].array)
    assert type(arrived) is type(FRAME[name].array)
    assert same(pd.Series(arrived, dtype=FRAME[name].dtype, name=name), FRAME[name])
    assert same(crossed(FRAME[name].iloc[:0]), FRAME[name].iloc[:0])


@pytest.mark.parametrize("name", [name for name in FRAME.columns if name not in ("complex", "objects", "small")])
def test_indexes_of_every_type_arrive(name: str) -> None:
    frame = FRAME.set_index(name)
    assert same(crossed(frame), frame)
    assert same(crossed(frame.index), frame.index)
    assert same(crossed(FRAME.set_index([name, "ints"]).iloc[:, :2]), FRAME.set_index([name, "ints"]).iloc[:, :2])


@pytest.mark.parametrize(
    "value",
    [
        FRAME,
        FRAME[["ints", "small"]].T,
        FRAME[[]],
        FRAME.iloc[1:2],
        FRAME.iloc[::-1],
        GROUPED,
        GROUPED.stack(),
        pd.DataFrame(),
        pd.DataFrame([[1, "a"], [3, "b"]], columns=["same", "same"]),
        pd.DataFrame({("a", 1): [1]}, index=pd.RangeIndex(5, 6, name="row")).rename_axis(columns=["x", "y"]),
        pd.Series([1.0, 2.0], ["a", "b"], name=("x", 1)),
        pd.Series(dtype=object),
        pd.date_range("2020", periods=4, freq="MS", name="month"),
        pd.date_range("2020", periods=4, freq="2h"),
        pd.timedelta_range("1D", periods=4, freq="6h"),
        pd.Index([1, "a", None], dtype=object),
        pd.MultiIndex.from_product([[1, 2], ["a"]], names=["x", None]),
        pd.RangeIndex(1, 9, 2, name="z"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_frames_series_and_indexes_arrive(value: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same(crossed(value), value)


@settings(max_examples=60, deadline=None)
@given(pdst.data_frames([pdst.column("a", dtype=float), pdst.column("b", dtype=int), pdst.column("c", dtype=bool)]))
def test_any_frame_of_numbers_arrives(frame: Any) -> None:
    assert same(crossed(frame), frame)


@settings(max_examples=60, deadline=None)
@given(pdst.series(dtype=float, index=pdst.indexes(dtype=int)))
def test_any_series_arrives(series: Any) -> None:
    assert same(crossed(series), series)


def test_what_arrives_can_be_changed() -> None:
    frame, series = crossed([FRAME, FRAME["ints"]])
    frame.loc[0, "ints"] = 9
    series.iloc[0] = 9
    assert frame["ints"].tolist() == series.tolist() == [9, 2, 3]


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2020-01-01 12:30:00.000000001"),
        pd.Timestamp("2020-01-01").as_unit("s"),
        pd.Timestamp("2020-10-25 02:30").tz_localize("Europe/Paris", ambiguous=False),
        pd.Timestamp(1, tz=datetime.timezone(datetime.timedelta(hours=5))),
        pd.Timedelta("-3s"),
        pd.Timedelta(days=9).as_unit("ms"),
        pd.Period("2020Q1"),
        pd.Period("2020-01", "M"),
        pd.Interval(1, 2.5),
        pd.Interval(pd.Timestamp("2020"), pd.Timestamp("2021"), "both"),
        pd.NaT,
        pd.NA,
        pd.CategoricalDtype(),
        pd.CategoricalDtype(["a", "b"], ordered=True),
        pd.IntervalDtype("int64", "left"),
    ],
    ids=repr,
)
def test_scalars_and_dtypes_arrive(value: Any) -> None:
    arrived = crossed(value)
    assert type(arrived) is type(value)
    assert arrived is value or arrived == value
    for name in ("unit", "tz", "freqstr", "closed", "nanosecond", "ordered"):
        assert str(getattr(arrived, name, None)) == str(getattr(value, name, None))


@pytest.mark.parametrize(
    "value",
    [
        type("Frame", (pd.DataFrame,), {})(),
        pd.Series(pd.arrays.SparseArray([0, 1])),
        pd.DataFrame({"a": pd.arrays.SparseArray([0, 1])}),
        FRAME.groupby("ints"),
        FRAME.iloc,
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_rest_is_the_caller_s(value: Any) -> None:
    assert encode([value], bytearray(), opaque=lambda _value: "mine")[1] == ["mine"]


def test_objects_in_a_column_are_the_caller_s() -> None:
    series = pd.Series([object(), 1], dtype=object)
    tree = encode(series, bytearray(), opaque=lambda _value: ["mine"])
    assert decode(tree, b"", resolve=lambda tag, _payload: tag, local=True).tolist() == ["mine", 1]


def column(items: list[Any]) -> Any:
    return ["objects", [len(items)], "C", True, items, 0]


ROWS = ["pandas.RangeIndex", 0, 1, 1, None, 0]


@pytest.mark.parametrize(
    "tree",
    [
        ["pandas.Series", column([1, 2]), ROWS, None, 1],
        ["pandas.Series", column([1]), ROWS, ["l", [], 2], 1],
        ["pandas.Series", ["l", [1], 2], ROWS, None, 1],
        ["pandas.Series", column([1]), ["l", [1], 2], None, 1],
        ["pandas.Series", ["objects", [1, 1], "C", True, [1], 0], ROWS, None, 1],
        ["pandas.Series", ["ref", 1], ROWS, None, 1],
        ["pandas.Series", column([1]), ROWS, 1],
        ["pandas.DataFrame", [column([1])], ROWS, ROWS[:1], 1],
        ["pandas.DataFrame", [column([1]), column([1])], ROWS, ROWS, 1],
        ["pandas.DataFrame", [column([])], ROWS, ROWS, 1],
        ["pandas.DataFrame", {}, ROWS, ROWS, 1],
        ["pandas.RangeIndex", 0, 1 << 40, 1, None, 1],
        ["pandas.RangeIndex", 0, 1, 0, None, 1],
        ["pandas.RangeIndex", 0, 1.5, 1, None, 1],
        ["pandas.Index", column([1]), "D", None, 1],
        ["pandas.Index", column([1]), "rm -rf", None, 1],
        ["pandas.MultiIndex", [ROWS], [], [None], 1],
        ["pandas.MultiIndex", [], [], [], 1],
        ["pandas.MultiIndex", ["ref", 1], [], [], 1],
        ["pandas.categorical", column([0]), ROWS, False, 1],
        ["pandas.strings", ["pandas.string", "pyarrow", "NA"], ["a"], 1],
        ["pandas.strings", ["pandas.string", "python", "NA"], [1], 1],
        ["pandas.strings", "str", ["a"], 1],
        ["pandas.nullable", "IntegerArray", column([1]), column([True]), 1],
        ["pandas.nullable", "SparseArray", column([1]), column([True]), 1],
        ["pandas.periods", ["pandas.period", "Q-DEC"], column([1]), 1],
        ["pandas.periods", "Q-DEC", column([1]), 1],
        ["pandas.intervals", ROWS, ROWS, "open", 1],
        ["pandas.intervals", ROWS, ["pandas.RangeIndex", 5, 2, -1, None, 0], "left", 1],
        ["pandas.moments", column([1]), None, 1],
        ["pandas.spans", column([1]), 1],
        ["pandas.dtype", "category"],
        ["pandas.dtype", ["l", [], 1]],
        ["pandas.zoned", "D", ["timezone"]],
        ["pandas.zoned", "ns", None],
        ["pandas.zoned", "ns", 5],
        ["pandas.period", "../x"],
        ["pandas.period", "XX"],
        ["pandas.category", ["l", [], 1], None],
        ["pandas.interval", 5, "left"],
        ["pandas.Timestamp", 5, None],
        ["pandas.Timestamp", ["scalar", "<M8[Y]", "ff" * 7 + "7f"], None],
        ["pandas.Timestamp", ["scalar", "<M8[s]", "00" * 8], ["zone", "os", "x"]],
        ["pandas.Timedelta", 5],
        ["pandas.Period", 1.5, "D"],
        ["pandas.Period", 1 << 70, "D"],
        ["pandas.Period", 1, "no"],
        ["pandas.Interval", 2, 1, "left"],
        ["pandas.Interval", "a", "b", "left"],
        ["pandas.Interval", 1, 2, "open"],
    ],
    ids=lambda tree: repr(tree)[:60],
)
def test_a_hostile_tree_is_one_error(tree: Any) -> None:
    with pytest.raises(CodecError):
        decode(tree, b"\xff" * 8, resolve=unknown, local=True)


def test_a_column_is_no_reference() -> None:
    array = ["objects", [1], "C", True, [1], 5]
    frame = ["pandas.DataFrame", [["ref", 5]], ROWS, ROWS, 1]
    with pytest.raises(CodecError, match="part"):
        decode(["t", [array, frame], 0], b"", resolve=unknown, local=True)


def test_labels_that_are_not_there_are_refused() -> None:
    level = ["pandas.Index", column(["a", "b"]), None, None, 0]
    for codes, fits in ((b"\0\1\xff", True), (b"\0\2", False), (b"\xfe", False)):
        tree = ["pandas.MultiIndex", [level], [["array", "|b", [len(codes)], "C", True, 0, len(codes), 0]], [None], 1]
        if fits:
            assert list(decode(tree, codes, resolve=unknown, local=True).codes[0]) == [0, 1, -1]
        else:
            with pytest.raises(CodecError, match="isn't there"):
                decode(tree, codes, resolve=unknown, local=True)


def test_too_many_categories_are_refused() -> None:
    many = pd.RangeIndex(MAX_CATEGORIES + 1)
    series = pd.Series(pd.Categorical.from_codes([0], many))
    for value in (series, series.array, series.dtype):
        assert encode([value], bytearray(), opaque=lambda _value: "mine")[1] == ["mine"]
    index = ["pandas.RangeIndex", 0, len(many), 1, None, 0]
    codes = ["array", "|b", [1], "C", True, 0, 1, 0]
    for tree in (["pandas.category", index, False], ["pandas.categorical", codes, index, False, 1]):
        with pytest.raises(CodecError, match="categories"):
            decode(tree, b"\0", resolve=unknown, local=True)


def test_very_many_objects_of_pandas_are_refused() -> None:
    with pytest.raises(CodecError, match="items"):
        encode([pd.RangeIndex(number) for number in range(30_000)], bytearray(), opaque=refuse)
