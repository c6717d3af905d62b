"""Messages being written and read: the values of one message share a blob and keep their identity among each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.sandbox.inside.separate.codec import Decoder, Encoder, Memo
from grader.sandbox.inside.separate.codec_limits import CodecError, Tree
from grader.sandbox.inside.separate.mirrors import Mirrors
from grader.sandbox.inside.separate.proxies import RemoteMeta

_REFERENCES = frozenset(("ref", "m", "t", "fs"))
_PLAIN = frozenset((type(None), bool, int, float, str))


def _nobody(*_: Any) -> Any:
    """Stands where the codec takes a function: ours are methods, and a bound one would make a cycle of each message."""
    raise CodecError("not a value")


class Outgoing(Encoder):
    """A message that is being written. `extras` is what goes along with its values."""

    __slots__ = ("_alive", "_make", "_mirrors", "_sent", "extras")

    def __init__(self, mirrors: Mirrors, make: Callable[[Any, Outgoing], Tree]) -> None:
        super().__init__(bytearray(), _nobody, dict(mirrors.memo))
        self.extras: dict[str, Any] = {}
        self._make = make
        self._mirrors = mirrors
        self._sent: list[Any] = []
        self._alive: list[Any] = []

    def tree(self, value: Any) -> Tree:
        """Return the tree of `value`. Raises CodecError."""
        return self._make(value, self) if type(type(value)) is RemoteMeta else super().tree(value)

    def opaque(self, value: Any) -> Tree:
        """Return the tree of a value that isn't plain."""
        return self._make(value, self)

    def _shared(self, value: Any, build: Callable[[Encoder, Any], list[Any] | None]) -> Tree:
        self._alive.append(value)  # its id is taken until the message is sent
        tree = super()._shared(value, build)
        # What `opaque` made ends in no number of ours.
        if tree[0] not in _REFERENCES and tree[-1] == id(value):
            self._sent.append(value)
        return tree

    def shared(self, value: Any, build: Callable[[], list[Any]]) -> Tree:
        """Return the tree of a mutable value that the codec doesn't know; `build` makes it, without the number."""
        number = id(value)
        known = self._memo.get(number)
        if known is not None:
            return known
        self._memo[number] = ["ref", number]
        self._sent.append(value)
        return [*build(), number]

    def add_changes(self) -> None:
        """Add what changed in the values that both sides have. Raises CodecError."""
        if self._mirrors:
            changes = list(self._mirrors.changes(self.tree, self._memo))
            if changes:
                self.extras["m"] = changes

    def finish(self) -> dict[str, Any] | None:
        """Remember what both sides have from now on, and forget what is needed no more; return the extras.

        Nothing may be added after that: what is forgotten gives its number free.
        """
        unused = self._mirrors.take_unused() if self._mirrors else None
        if unused:
            self.extras["k"] = unused
        for value in self._sent:
            if id(value) not in self._mirrors.memo:
                self._mirrors.add_own(value)
        return self.extras or None


class Incoming(Decoder):
    """A message that is being read."""

    __slots__ = ("_mirrors", "_read")

    def __init__(
        self, blob: memoryview, mirrors: Mirrors, read: Callable[[str, list[Any], Incoming], Any], *, local: bool
    ) -> None:
        super().__init__(blob, _nobody, local, Memo(), mirrors.hold)
        self._mirrors = mirrors
        self._read = read

    def resolve(self, tag: str, payload: list[Any]) -> Any:
        """Return the value of a tree that isn't the codec's."""
        return self._read(tag, payload, self)

    def read(self, tree: Tree) -> Any:
        """Return the value of `tree`. Raises CodecError and nothing else."""
        if type(tree) in _PLAIN:
            return tree
        try:
            return self.value(tree)
        except CodecError:
            raise
        except Exception as error:
            raise CodecError(f"not a value: {type(error).__name__}") from error

    def apply_changes(self, changes: Any) -> None:
        """Change values as the other side did. Raises CodecError."""
        found = []
        for key, tree in changes:
            self._mirrors.updating = tree
            try:
                found.append((key, self.read(tree)))
            finally:
                self._mirrors.updating = None
        self._mirrors.apply(found)

    def hold(self, number: Any, value: Any) -> Any:
        """Keep a mutable value that the codec doesn't know the same on both sides, and let references find it."""
        if type(number) is not int:
            raise CodecError("a number is missing")
        self._memo.values[number] = (value, 1, 1)
        updating = self._mirrors.updating
        return self._mirrors.hold(number, value, updating if updating is not None and updating[-1] == number else None)
