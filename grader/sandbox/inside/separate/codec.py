"""Values as JSON trees with exact types, and back: what may cross between the student's process and the test process.

`encode` looks at exact types alone and runs no code of a student's class; anything that isn't plain goes to `opaque`.
`decode` builds nothing but the types below, imports nothing, calls nothing that the sender names, and raises CodecError
for every tree that `encode` doesn't make.

A tree is None, a bool, a finite float, an int of 64 bits, a str without surrogates, or a list `[tag, ...]`:

    ["l", items, number]   list           ["t", items, number]    tuple        ["d", keys, values, number]  dict
    ["set", items, number] set            ["fs", items, number]   frozenset    ["y", offset, length]        bytes
    ["ref", number]        the value that came with this number earlier in the message
    ["g", module, name]    a module (name null), or a function or class of a library

and so on; the `values_...` modules have the others. `number` is the sender's identity number, `id`
of the object (0: it has none and isn't referred to). `offset` and `length` point into the blob.
Tags that aren't the codec's belong to the caller: `opaque` makes such trees and `resolve` reads them.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from grader.sandbox.inside.separate import values, values_names, values_numpy, values_pandas, values_stdlib
from grader.sandbox.inside.separate.codec_limits import MAX_BLOB, MAX_DEPTH, MAX_ITEMS, CodecError, Tree

__all__ = ["CodecError", "Memo", "Tree", "decode", "encode"]

_SIMPLE = values.SIMPLE | values_stdlib.SIMPLE
_SHARED = values.SHARED
_DECODE_SIMPLE = {
    **values.DECODE_SIMPLE,
    **values_stdlib.DECODE_SIMPLE,
    **values_numpy.DECODE_SIMPLE,
    **values_pandas.DECODE_SIMPLE,
    "g": values_names.decode,
}
_DECODE_SHARED = {**values.DECODE_SHARED, **values_numpy.DECODE_SHARED, **values_pandas.DECODE_SHARED}
_PARTS = frozenset((*values_numpy.DECODE_SHARED, *values_pandas.DECODE_SHARED))
_IMMUTABLE = values.IMMUTABLE | values_pandas.IMMUTABLE
_PLAIN_JSON = frozenset((type(None), bool, int, float, str))
_OPEN = object()


class Memo:
    """What the trees of one message have brought so far. `values`: by number, (value, its items, its height)."""

    __slots__ = ("items", "taken", "values")

    def __init__(self) -> None:
        self.values: dict[int, tuple[Any, int, int]] = {}
        self.items = 0
        self.taken = 0


def encode(
    value: object, blob: bytearray, *, opaque: Callable[[Any], Tree], memo: dict[int, Any] | None = None
) -> Tree:
    """Return the tree of `value`; raw bytes are appended to `blob`.

    `opaque` returns the tree of anything that isn't of an exact plain type. `memo` (one dict for all values of a
    message, which share a blob) holds by `id` the tree that stands for a container: `["ref", number]` once it was
    encoded, or what the caller put there before, to have its own tree used instead. The objects have to outlive it.
    Raises CodecError for cycles and for what is too deep, too long or too large.
    """
    return Encoder(blob, opaque, {} if memo is None else memo).tree(value)


def decode(
    tree: Tree,
    blob: memoryview | bytes,
    *,
    resolve: Callable[[str, list[Any]], Any],
    local: bool,
    memo: Memo | None = None,
    keep: Callable[[int, Any, Tree], Any] | None = None,
) -> Any:
    """Return the value of `tree`. Raises CodecError for whatever `encode` doesn't make; nothing else gets out.

    `resolve(tag, payload)` returns the value of a tree that the other side's `opaque` made; `payload` is the undecoded
    rest of it. Errors of `resolve` become CodecErrors. `local`: functions and classes of libraries are looked up here,
    in modules that are imported already; otherwise they, too, go to `resolve("g", [module, name])`.
    `memo`: one for all trees of a message that share a blob; it tells afterwards which object came with which number.
    `keep(number, value, tree)` is called for each mutable value, innermost first; what it returns is used in its place.
    """
    try:
        return Decoder(blob, resolve, local, Memo() if memo is None else memo, keep).value(tree)
    except CodecError:
        raise
    except Exception as error:
        raise CodecError(f"not a value: {type(error).__name__}") from error


class Encoder:
    """Encodes the values of one message; see `encode`."""

    __slots__ = ("_memo", "_opaque", "blob", "depth", "items")

    def __init__(self, blob: bytearray, opaque: Callable[[Any], Tree], memo: dict[int, Any]) -> None:
        self.blob = blob
        self._opaque = opaque
        self._memo = memo
        self.depth = 0
        self.items = 0

    def tree(self, value: Any) -> Tree:
        """Return the tree of `value`."""
        # By id: a metaclass may define how its classes compare and hash.
        kind = id(type(value))
        simple = _SIMPLE.get(kind)
        if simple is not None:
            return simple(self, value)
        shared = _SHARED.get(kind)
        if shared is not None:
            return self._shared(value, shared)
        return self._of_library(value, kind)

    def part(self, value: Any) -> Tree:
        """Return the tree of an array or index that is only made to encode another value: it has no number."""
        _, shared = _tables(*_libraries())
        return [*shared[id(type(value))](self, value), 0]

    def opaque(self, value: Any) -> Tree:
        """Return the tree that the caller makes of a value that isn't plain."""
        return self._opaque(value)

    def many(self, items: list[Any]) -> list[Tree]:
        """Return the trees of `items`."""
        self.count(len(items))
        if values.are_plain(items):
            return items
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise CodecError(f"nested more than {MAX_DEPTH} deep")
        trees = [self.tree(item) for item in items]
        self.depth -= 1
        return trees

    def count(self, items: int) -> None:
        """Count what the value takes. Raises CodecError when it is too much."""
        self.items += items
        if self.items > MAX_ITEMS:
            raise CodecError(f"more than {MAX_ITEMS} items")

    def raw(self, data: bytes | bytearray | memoryview) -> tuple[int, int]:
        """Append `data` to the blob; return its offset and length."""
        offset = len(self.blob)
        if offset + len(data) > MAX_BLOB:
            raise CodecError(f"more than {MAX_BLOB >> 20} MB")
        self.blob += data
        return offset, len(data)

    def _of_library(self, value: Any, kind: int) -> Tree:
        simple, shared = _tables(*_libraries())
        if kind in simple:
            return simple[kind](self, value)
        if kind in shared:
            return self._shared(value, shared[kind])
        named = values_names.encode(self, value)
        return self.opaque(value) if named is None else named

    def _shared(self, value: Any, build: Callable[[Encoder, Any], list[Any] | None]) -> Tree:
        number = id(value)
        known = self._memo.get(number)
        if known is _OPEN:
            raise CodecError("a value that contains itself can't be passed")
        if known is not None:
            return known
        self._memo[number] = _OPEN
        tree = build(self, value)
        if tree is None:
            del self._memo[number]
            return self.opaque(value)
        self._memo[number] = ["ref", number]
        tree.append(number)
        return tree


class Decoder:
    """Decodes the trees of one message; see `decode`."""

    __slots__ = ("_blob", "_deepest", "_keep", "_memo", "_resolve", "depth", "local")

    def __init__(
        self,
        blob: memoryview | bytes,
        resolve: Callable[[str, list[Any]], Any],
        local: bool,
        memo: Memo,
        keep: Callable[[int, Any, Tree], Any] | None,
    ) -> None:
        self._blob = memoryview(blob)
        self._resolve = resolve
        self._memo = memo
        self._keep = keep
        self._deepest = 0
        self.local = local
        self.depth = 0

    def value(self, tree: Tree) -> Any:
        """Return the value of `tree`."""
        kind = type(tree)
        if kind is not list:
            if kind in _PLAIN_JSON:
                return tree
            raise CodecError("not a tree")
        tag = tree[0]
        if type(tag) is not str:
            raise CodecError("a tree without a tag")
        build = _DECODE_SIMPLE.get(tag)
        if build is not None:
            return build(self, *tree[1:])
        build = _DECODE_SHARED.get(tag)
        if build is not None:
            return self._shared(tree, build)
        if tag == "ref":
            return self._reference(*tree[1:])
        return self.resolve(tag, tree[1:])

    def resolve(self, tag: str, payload: list[Any]) -> Any:
        """Return what the caller makes of a tree that isn't the codec's."""
        return self._resolve(tag, payload)

    def many(self, items: Any) -> list[Any]:
        """Return the values of a list of trees (the very list, when all of them stand for themselves)."""
        if type(items) is not list:
            raise CodecError("not a list of trees")
        self.count(len(items), self.depth + 1)
        if _PLAIN_JSON.issuperset(map(type, items)):
            return items
        self.depth += 1
        result = [self.value(item) for item in items]
        self.depth -= 1
        return result

    def part(self, tree: Tree) -> Any:
        """Return the value of a tree that `Encoder.part` made. A reference would multiply what gets copied."""
        if type(tree) is not list or not tree or tree[0] not in _PARTS:
            raise CodecError("not a part of a value")
        return self.value(tree)

    def count(self, items: int, depth: int = 0) -> None:
        """Count what the message has brought, and how deep it is. Raises CodecError when it is too much."""
        self._memo.items += items
        if self._memo.items > MAX_ITEMS:
            raise CodecError(f"more than {MAX_ITEMS} items")
        self._deepest = max(self._deepest, depth)
        if depth > MAX_DEPTH:
            raise CodecError(f"nested more than {MAX_DEPTH} deep")

    def raw(self, offset: Any, length: Any) -> memoryview:
        """Return a piece of the blob. All pieces together are never longer than the blob."""
        if type(offset) is not int or type(length) is not int or offset < 0 or length < 0:
            raise CodecError("not a piece of the blob")
        self._memo.taken += length
        if offset + length > len(self._blob) or self._memo.taken > len(self._blob):
            raise CodecError("a piece of the blob that isn't there")
        return self._blob[offset : offset + length]

    def _shared(self, tree: list[Any], build: Callable[..., Any]) -> Any:
        number = tree[-1]
        if type(number) is not int:
            raise CodecError("a number is missing")
        items, deepest, depth = self._memo.items, self._deepest, self.depth
        self._deepest = depth
        value = build(self, *tree[1:-1])
        height = self._deepest - depth
        self._deepest = max(deepest, self._deepest)
        if number:
            if self._keep is not None and tree[0] not in _IMMUTABLE:
                value = self._keep(number, value, tree)
            self._memo.values[number] = (value, self._memo.items - items, height)
        return value

    def _reference(self, number: Any) -> Any:
        known = self._memo.values.get(number) if type(number) is int else None
        if known is None:
            raise CodecError("a reference to nothing")
        value, items, height = known
        self.count(items, self.depth + height)
        return value


def _libraries() -> tuple[Any, Any, Any]:
    modules = (sys.modules.get(name) for name in ("numpy", "numpy.ma", "pandas"))
    numpy, masked, pandas = (module if type(module) is ModuleType else None for module in modules)
    return numpy, masked, pandas


@functools.lru_cache(maxsize=8)
def _tables(numpy: Any, masked: Any, pandas: Any) -> tuple[dict[int, Any], dict[int, Any]]:
    """Return what encodes the types of these libraries, as far as they are imported: simple, shared."""
    simple: dict[int, Any] = {}
    shared: dict[int, Any] = {}
    found = [] if numpy is None else [values_numpy.tables(numpy, masked)]
    if pandas is not None:
        found.append(values_pandas.tables(pandas))
    for more_simple, more_shared in found:
        simple |= more_simple
        shared |= more_shared
    return simple, shared
