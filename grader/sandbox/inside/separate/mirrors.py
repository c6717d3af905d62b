"""Keeps the copies of one mutable value on both sides the same: what one side changes, the other sees.

A list, array or frame that crosses is a copy on the other side. Each side remembers the values that crossed, with what
they held then. Before a message leaves, the values that changed since are sent along, and the other side changes its
copies in place; so an argument that a function sorts is sorted, and the same list stays the same list. A value that
nothing but this table refers to any more is forgotten on both sides.

Keys are positive for values born in the test process and negative for those of the student's process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from grader.sandbox.inside.separate.codec_limits import CodecError, Tree
from grader.sandbox.inside.separate.contents import Changed, changed, replace_contents, snapshot

MAX_MIRRORS = 500_000
_UNREFERENCED = 2  # by the entry itself, and by the argument of getrefcount
_getrefcount = sys.getrefcount


class _Mirror:
    __slots__ = ("key", "snapshot", "value")

    def __init__(self, key: int, value: Any, taken: Any) -> None:
        self.key = key
        self.value = value
        self.snapshot = taken


class Mirrors:
    """The values of one side that the other has a copy of. `memo`: by `id`, the tree that stands for each."""

    def __init__(self, *, test_side: bool) -> None:
        self._sign = 1 if test_side else -1
        self._entries: dict[int, _Mirror] = {}
        self.memo: dict[int, Tree] = {}
        self.updating: Tree = None

    def __len__(self) -> int:
        return len(self._entries)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def find(self, key: Any) -> Any:
        """Return the value with that key. Raises CodecError."""
        entry = self._entries.get(key) if type(key) is int else None
        if entry is None:
            raise CodecError("a reference to a value that isn't there")
        return entry.value

    def add_own(self, value: Any) -> None:
        """Remember a value that is about to be sent for the first time."""
        self._add(self._sign * id(value), value)

    def hold(self, number: int, value: Any, tree: Tree) -> Any:
        """Remember a value that has come for the first time, with the sender's number for it; return it.

        Not so what has come as the new contents of a value (`updating`).
        """
        if tree is None or tree is not self.updating:
            if number <= 0:
                raise CodecError("not a number of a value")
            self._add(-self._sign * number, value)
        return value

    def _add(self, key: int, value: Any) -> None:
        if len(self._entries) >= MAX_MIRRORS:
            raise CodecError("too many lists and dicts in use at the same time")
        self._entries[key] = _Mirror(key, value, snapshot(value))
        self.memo[id(value)] = ["m", key]

    def take_unused(self) -> list[int]:
        """Forget the values that nothing else refers to; return their keys."""
        gone: list[int] = []
        found = True
        while found:  # a list that goes may have been all that held another
            found = False
            for entry in reversed(list(self._entries.values())):
                if _getrefcount(entry.value) == _UNREFERENCED:
                    gone.append(entry.key)
                    self._forget(entry)
                    found = True
        return gone

    def forget(self, keys: Iterable[Any]) -> None:
        """Forget the values that the other side has forgotten."""
        for key in keys:
            entry = self._entries.get(key) if type(key) is int else None
            if entry is not None:
                self._forget(entry)

    def _forget(self, entry: _Mirror) -> None:
        del self._entries[entry.key]
        self.memo.pop(id(entry.value), None)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.memo.clear()

    def changes(self, encode: Callable[[Any], Tree], memo: dict[int, Any]) -> Iterator[list[Any]]:
        """Yield `[key, tree]` for each value that changed here. `memo` is the one that `encode` goes by."""
        for entry in list(self._entries.values()):
            value = entry.value
            if not changed(value, entry.snapshot):
                continue
            stands_for = memo.pop(id(value), None)
            try:
                yield [entry.key, encode(value)]
            finally:
                memo[id(value)] = stands_for
            entry.snapshot = snapshot(value)

    def apply(self, changes: Iterable[tuple[Any, Any]]) -> None:
        """Change values as the other side did; `changes` holds keys and new contents. Raises CodecError."""
        for key, contents in changes:
            entry = self._entries.get(key)
            if entry is None:
                continue  # forgotten meanwhile
            try:
                replace_contents(entry.value, contents)
            except Changed as error:
                raise CodecError(str(error)) from error
            entry.snapshot = snapshot(entry.value)

    def copied(self, copy: Callable[[Any], Any]) -> Mirrors:
        """Return a table of copies under the same keys. The originals have to outlive it: their ids are keys."""
        result = Mirrors(test_side=self._sign == 1)
        for entry in self._entries.values():
            value = copy(entry.value)
            result._entries[entry.key] = _Mirror(entry.key, value, snapshot(value))
            result.memo[id(value)] = ["m", entry.key]
        return result
