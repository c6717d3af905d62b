"""What crosses arrives exactly as it was; what isn't plain is left to the caller; a hostile tree is one error."""

from __future__ import annotations

import ast
import collections
import decimal
import fractions
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings

from grader.sandbox.inside.separate import codec_limits
from grader.sandbox.inside.separate.codec import CodecError, Memo, Tree, decode, encode
from tests.factories.values import PLAIN, crossed, refuse, same, unknown

REPOSITORY = Path(__file__).resolve().parents[4]
SEPARATE = REPOSITORY / "grader" / "sandbox" / "inside" / "separate"


def read(tree: Tree, blob: bytes = b"", **options: Any) -> Any:
    return decode(tree, blob, **{"resolve": unknown, "local": True, **options})


@settings(max_examples=400, deadline=None)
@given(PLAIN)
def test_plain_values_arrive_exactly(value: Any) -> None:
    assert same(crossed(value), value)


@pytest.mark.parametrize("value", [2**63 - 1, 2**63, -(2**63), -(2**63) - 1, -0.0, 1e308, 5e-324, "\ud83d\ude00", "😀"])
def test_edges_arrive_exactly(value: Any) -> None:
    assert same(crossed(value), value)
    assert same(crossed([value, value]), [value, value])


def test_floats_keep_their_bits() -> None:
    values = [float("nan"), float("inf"), float("-inf"), -float("nan")]
    assert same(crossed(values), values)


def test_what_was_one_object_is_one_object() -> None:
    row = [1, 2]
    pair = (row, row)
    first, second, third = crossed([row, pair, pair])
    assert second is third
    assert second[0] is second[1] is first


def test_one_memo_serves_all_values_of_a_message() -> None:
    row, blob, seen = [b"x"], bytearray(), {}
    trees = [encode(value, blob, opaque=refuse, memo=seen) for value in (row, {"again": row})]
    memo = Memo()
    first, second = [read(tree, bytes(blob), memo=memo) for tree in trees]
    assert second["again"] is first
    assert memo.values[id(row)][0] is first


def test_a_tree_in_the_memo_stands_for_its_object() -> None:
    known = [1]
    tree = encode([known, 2], bytearray(), opaque=refuse, memo={id(known): ["mine", 7]})
    assert read(tree, resolve=lambda tag, payload: (tag, payload)) == [("mine", [7]), 2]


def test_mutable_values_can_be_kept() -> None:
    value = [[1], (2,), {"a": bytearray(b"b")}]
    seen = []

    def keep(number: int, kept: Any, tree: Tree) -> Any:
        seen.append((number, tree[0]))
        return "kept" if kept == [1] else kept

    assert crossed(value, keep=keep) == ["kept", (2,), {"a": bytearray(b"b")}]
    assert [tag for _, tag in seen] == ["l", "bytearray", "d", "l"]
    assert seen[0][0] == id(value[0])


# --- What isn't plain -------------------------------------------------------------------------------------------------
class Trap(type):
    """A metaclass that notices whatever is done to its classes and their instances."""

    def _sprung(cls, *_: Any) -> Any:
        raise AssertionError("code of the student's ran")

    __hash__ = __eq__ = __instancecheck__ = __subclasscheck__ = __call__ = _sprung  # type: ignore[assignment]
    __module__ = property(_sprung)  # type: ignore[assignment]


def trap(*bases: type) -> Any:
    """Return an object whose every method raises."""

    def sprung(*_: Any) -> Any:
        raise AssertionError("code of the student's ran")

    names = (
        "__eq__",
        "__hash__",
        "__iter__",
        "__len__",
        "__class__",
        "__getattr__",
        "__repr__",
        "__bool__",
        "__index__",
    )
    content = dict.fromkeys(names, sprung) | {"__class__": property(sprung), "__getattribute__": sprung}
    return object.__new__(Trap("Trapped", bases, content)) if not bases else bases[0].__new__(Trap("T", bases, content))


def test_no_code_of_a_student_runs() -> None:
    values = [trap(), trap(int), trap(str), trap(list), trap(dict), trap(tuple), trap(float), type(trap())]
    tree = encode([*values, (values[0],), {1: values[1]}], bytearray(), opaque=lambda _value: ["mine"])
    assert tree[1][: len(values)] == [["mine"]] * len(values)


@pytest.mark.parametrize(
    "value",
    [
        collections.namedtuple("Point", "x y")(1, 2),
        type("List", (list,), {})([1]),
        type("Int", (int,), {})(1),
        collections.defaultdict(lambda: 0),
        (number for number in ()),
        {}.keys(),
        lambda: 0,
        ModuleType("os"),
        Trap,
        [].append,
        sys.stdout,
    ],
    ids=lambda value: type(value).__name__,  # no addresses: workers have to agree on the names
)
def test_the_rest_is_the_caller_s(value: Any) -> None:
    found: list[Any] = []
    tree = encode([value, value], bytearray(), opaque=lambda other: found.append(other) or ["mine", len(found)])
    assert tree[1] == [["mine", 1], ["mine", 2]]
    assert found[0] is found[1] is value
    assert read(tree, resolve=lambda tag, payload: (tag, payload)) == [("mine", [1]), ("mine", [2])]


def test_what_contains_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append({"again": (loop,)})
    with pytest.raises(CodecError, match="contains itself"):
        encode(loop, bytearray(), opaque=refuse)


def nested(depth: int) -> list[Any]:
    value: list[Any] = [1]
    for _ in range(depth - 1):
        value = [value]
    return value


def test_what_is_too_deep_or_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    depth = codec_limits.MAX_DEPTH
    assert crossed(nested(depth)) == nested(depth)
    for value in (nested(depth + 2), nested(50_000), 1 << codec_limits.MAX_BITS, fractions.Fraction(1, 1 << 70_000)):
        with pytest.raises(CodecError):
            encode(value, bytearray(), opaque=refuse)
    for text in ("1E+1000001", "1E-1000001", "9" * 30_000):
        with pytest.raises(CodecError):
            encode(decimal.Decimal(text), bytearray(), opaque=refuse)
    monkeypatch.setattr("grader.sandbox.inside.separate.codec.MAX_BLOB", 10)
    with pytest.raises(CodecError, match="MB"):
        encode([b"x" * 6, b"y" * 6], bytearray(), opaque=refuse)
    monkeypatch.setattr("grader.sandbox.inside.separate.codec.MAX_ITEMS", 10)
    with pytest.raises(CodecError, match="items"):
        encode([[1] * 6, [2] * 6], bytearray(), opaque=refuse)


# --- Hostile trees ----------------------------------------------------------------------------------------------------
def laughs(levels: int) -> Tree:
    tree = ["l", [["l", [1] * 10, 1]], 100]
    for level in range(2, levels):
        tree[1].append(["l", [["ref", level - 1]] * 10, level])
    return tree


def chain(length: int) -> Tree:
    return ["l", [["t", [], 1], *(["t", [["ref", number]], number + 1] for number in range(1, length))], length + 1]


@pytest.mark.parametrize(
    "tree",
    [
        {},
        [],
        [1],
        [["l", [], 1]],
        ["l"],
        ["l", []],
        ["l", [], "1"],
        ["l", [], True],
        ["l", {}, 1],
        ["l", "ab", 1],
        ["l", 5, 1],
        ["l", [{}], 1],
        ["ref", 1],
        ["ref", []],
        ["ref"],
        ["l", [["ref", 1]], 1],
        ["i", "0x1"],
        ["i", ""],
        ["i", "1" * (codec_limits.MAX_BITS // 4 + 1)],
        ["i", 5],
        ["i", "1_0"],
        ["f", "zz"],
        ["f", 1],
        ["f", "00"],
        ["c", "1", 2.0],
        ["c", True, 2.0],
        ["s", "zz"],
        ["s", "80"],
        ["y", 0, 1],
        ["y", -1, 1],
        ["y", 0, True],
        ["y", 1 << 70, 0],
        ["r", 1, 2, 0],
        ["r", 1, 2, 3, 4],
        ["r", 1.0, 2, 1],
        ["slice", 1],
        ["d", [1], [], 1],
        ["d", [["l", [], 2]], [1], 1],
        ["set", [["d", [], [], 2]], 1],
        ["default", "eval", [], [], 1],
        ["default", [], [], [], 1],
        ["deque", [], -1, 1],
        ["deque", [], True, 1],
        ["decimal", "1e1000001"],
        ["decimal", "9" * 30_000],
        ["decimal", "one"],
        ["decimal", 1],
        ["fraction", 1, 0],
        ["fraction", 1, -1],
        ["fraction", True, 1],
        ["fraction", ["i", "1" * 17_000], 1],
        ["date", 1, 1],
        ["date", 0, 0, 0],
        ["date", 1 << 70, 1, 1],
        ["datetime", 1, 1, 1, 1, 1, 1, 1, 0, 5],
        ["datetime", 1, 1, 1, 1, 1, 1, 1, 7, None],
        ["datetime"],
        ["timedelta", 1 << 80, 0, 0],
        ["timezone", ["timedelta", 9, 9, 9]],
        ["zone", "zoneinfo", "../etc/passwd"],
        ["zone", "zoneinfo", "No/Such"],
        ["zone", "os", "Europe/Paris"],
        ["uuid", "1"],
        ["path", "Path", "x"],
        ["path", "PosixPath", 5],
        ["path", "PosixPath"],
        ["g", "os", "system", 1],
        ["g", "os", 5],
        ["g", None, None],
        ["g", "os", "no_such"],
        ["g", "os", "environ"],
        ["g", "os", "path.join"],
        ["g", "os", "PathLike.__class__"],
        ["g", "builtins", "int.__dict__"],
        ["g", "tests.factories.values", "crossed"],
        ["g", "no.such.module", None],
        ["g", "__main__", None],
        laughs(9),
        chain(1000),
        ["set", [["i", format(((1 << 61) - 1) * factor, "x")] for factor in range(5000)], 1],
        ["no such tag"],
    ],
    ids=lambda tree: json.dumps(tree)[:50],
)
def test_a_hostile_tree_is_one_error(tree: Tree) -> None:
    with pytest.raises(CodecError):
        read(tree)


def test_pieces_of_the_blob_do_not_multiply() -> None:
    assert read(["t", [["y", 0, 4], ["y", 4, 4]], 0], b"12345678") == (b"1234", b"5678")
    with pytest.raises(CodecError, match="blob"):
        read(["t", [["y", 0, 8], ["y", 0, 8]], 0], b"12345678")


def test_references_count_as_what_they_refer_to() -> None:
    assert len(read(laughs(6))[1]) == 10
    with pytest.raises(CodecError, match="items"):
        read(laughs(9))
    with pytest.raises(CodecError, match="deep"):
        read(chain(codec_limits.MAX_DEPTH + 2))


def test_what_resolve_raises_is_the_same_error() -> None:
    def resolve(_tag: str, payload: list[Any]) -> Any:
        return payload[5]

    with pytest.raises(CodecError):
        read(["mine"], resolve=resolve)


# --- Names ------------------------------------------------------------------------------------------------------------
def test_names_are_looked_up_only_where_that_is_wanted() -> None:
    tree = encode([json.dumps, json], bytearray(), opaque=refuse)
    assert read(tree) == [json.dumps, json]
    resolved = read(tree, local=False, resolve=lambda tag, payload: (tag, *payload))
    assert resolved == [("g", "json", "dumps"), ("g", "json", None)]


def test_a_name_imports_nothing_and_asks_no_module() -> None:
    assert "antigravity" not in sys.modules
    for tree in (["g", "antigravity", None], ["g", "typing", "no_such_attribute"]):
        with pytest.raises(CodecError):
            read(tree)
    assert "antigravity" not in sys.modules


def test_a_function_that_bears_a_false_name_is_not_the_library_s() -> None:
    def dumps() -> None:
        pass

    dumps.__module__, dumps.__qualname__ = "json", "dumps"
    assert encode(dumps, bytearray(), opaque=lambda _value: "mine") == "mine"


# --- Without libraries ------------------------------------------------------------------------------------------------
def test_the_codec_imports_no_library() -> None:
    program = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from grader.sandbox.inside.separate.codec import CodecError, decode, encode
blob = bytearray()
tree = encode([1, (2.5, "x"), {{"a": b"b"}}, len], blob, opaque=None)
assert decode(tree, blob, resolve=None, local=True) == [1, (2.5, "x"), {{"a": b"b"}}, len]
for tree in (["array", "=d", [0], "C", True, 0, 0, 1], ["pandas.NA"], ["scalar", "=d", "00" * 8], ["dtype", "=d"]):
    try:
        decode(tree, b"", resolve=None, local=True)
    except CodecError:
        continue
    raise SystemExit("decoded")
assert not {{"numpy", "pandas"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True)


@pytest.mark.parametrize("path", sorted(SEPARATE.glob("*.py")), ids=lambda path: path.name)
def test_reads_as_python_3_10(path: Path) -> None:
    ast.parse(path.read_text("utf-8"), feature_version=(3, 10))
