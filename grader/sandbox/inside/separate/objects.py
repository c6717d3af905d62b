"""The student's objects that the test process has a handle of, and how they are described to it.

Trees that the student's process makes, beside the codec's:

-   `["h", number, class]` an object; `["k", number(, description)]` a class, described once
-   `["e", number, class, arguments or null, text]` an exception, with the tree of what it was raised from, if anything;
    `["eo", number]` one that the test raised itself
-   `["bm", object, name]` a bound method of an object; `["mod", name, number]` a module
-   `["nt", class, items, number]` a named tuple; `["view", kind, items]` keys, values or items of a dict
-   `["buffer", kind, contents, position, number]` a StringIO or BytesIO; `["chance", ...]` as in `given`
-   `["rf", number]` a function that the test process gave; `["m", key]` a value that both have (see `mirrors`)

The description of a class: {"m": module, "q": qualified name, "b": base classes, "d": special methods, "l": whether it
is a library's, "s": whether hashing was switched off, "f": fields of a named tuple}.
"""

from __future__ import annotations

import io
import types
from collections.abc import Callable
from typing import Any

from grader.sandbox.inside.separate.codec_limits import CodecError, Tree
from grader.sandbox.inside.separate.generators import GENERATOR_NAMES, is_generator, kind_of, state_of
from grader.sandbox.inside.separate.given import OWN_ERROR
from grader.sandbox.inside.separate.parcels import Outgoing
from grader.sandbox.inside.separate.reverse import ReverseFunction
from grader.sandbox.inside.separate.special import FORWARDED, SERIAL_BITS
from grader.sandbox.inside.separate.symbolic import is_symbolic, symbolic_tree
from grader.sandbox.inside.separate.values_names import is_library, name_of

MAX_CAUSES = 5
_VIEWS: dict[Any, str] = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_BUFFERS: dict[type, str] = {io.StringIO: "text", io.BytesIO: "bytes"}
_DEFAULTS = frozenset(("__eq__", "__ne__", "__hash__", "__str__", "__repr__", "__format__"))


class Objects:
    """Gives numbers to objects. The test process names them by these until it has let go of them."""

    def __init__(self) -> None:
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._next = 1
        self._described: set[int] = set()
        self._just_described: list[int] = []

    def begin_series(self, serial: int) -> None:
        """Give numbers that no other process gives, from now on: this one is a snapshot."""
        self._next = (serial << SERIAL_BITS) + 1

    def find(self, number: Any) -> Any:
        """Return the object with that number. Raises CodecError."""
        try:
            return self._objects[number]
        except (KeyError, TypeError):
            raise CodecError("an object that belongs to another run of the notebook") from None

    def release(self, numbers: list[int]) -> None:
        """Forget objects."""
        for number in numbers:
            value = self._objects.pop(number, None)
            if value is not None:
                self._numbers.pop(id(value), None)
                self._described.discard(number)

    def number_of(self, value: Any) -> int:
        """Return the number of an object, a new one if it has none."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._next
            self._next += 1
            self._numbers[id(value)] = number
            self._objects[number] = value
        return number

    def message_sent(self) -> None:
        """Take what the message described as known to the other side."""
        self._described.update(self._just_described)
        self._just_described.clear()

    def message_failed(self) -> None:
        """Forget what a message described that was never sent."""
        self._just_described.clear()

    def make(self, value: Any, out: Outgoing) -> Tree:
        """Return the tree of a value that isn't plain."""
        kind = type(value)
        special = _SPECIAL.get(kind)
        if special is not None:
            return special(self, value, out)
        if issubclass(kind, type):
            return self.class_tree(value)
        if issubclass(kind, BaseException):
            return self.error_tree(value, out)
        return self._object(value, kind, out)

    def _object(self, value: Any, kind: type, out: Outgoing) -> Tree:
        if kind.__name__ in GENERATOR_NAMES and is_generator(value):
            return generator_tree(value, out)
        if is_symbolic(value):
            return symbolic_tree(value, out)
        if issubclass(kind, tuple) and type(getattr(kind, "_fields", None)) is tuple and _is_simple_tuple(kind):
            return ["nt", self.class_tree(kind), out.many(list(tuple.__iter__(value))), self.number_of(value)]
        return self.handle(value)

    def handle(self, value: Any) -> Tree:
        """Return the tree of an object that stays here."""
        return ["h", self.number_of(value), self.class_tree(type(value))]

    def class_tree(self, kind: type) -> Tree:
        """Return the tree of a class, with its description the first time."""
        number = self.number_of(kind)
        if number in self._described or number in self._just_described:
            return ["k", number]
        self._just_described.append(number)
        return ["k", number, self._description(kind)]

    def _description(self, kind: type) -> dict[str, Any]:
        found: set[str] = set()
        for base in type.__dict__["__mro__"].__get__(kind):
            if base is not object:
                found.update(FORWARDED.intersection(type.__dict__["__dict__"].__get__(base)))
        description: dict[str, Any] = {
            "m": _text(kind.__module__),
            "q": _text(kind.__qualname__),
            "b": [self.class_tree(base) for base in kind.__bases__ if base is not object],
            "d": sorted(found),
        }
        if name_of(kind) is not None or is_library(description["m"]):
            description["l"] = True
        if kind.__hash__ is None:
            description["s"] = True
        fields = getattr(kind, "_fields", None)
        if issubclass(kind, tuple) and type(fields) is tuple:
            description["f"] = [_text(field) for field in fields]
        if type(kind) is not type:
            description["t"] = sorted(_METACLASS.intersection(*[_all_names(type(kind))]))
        return description

    def error_tree(self, error: BaseException, out: Outgoing, *, causes: int = MAX_CAUSES) -> Tree:
        """Return the tree of an exception, with the one that it was raised from."""
        own = getattr(error, OWN_ERROR, None)
        if type(own) is int:
            return ["eo", own]
        number = self.number_of(error)
        try:
            arguments = out.tree(tuple(error.args))
        except (CodecError, RecursionError):
            arguments = None
        try:
            text = str(error)[:_MAX_TEXT]
        except Exception:  # noqa: BLE001  (a student's class)
            text = ""
        tree = ["e", number, self.class_tree(type(error)), arguments, out.tree(text)]
        cause = BaseException.__dict__["__cause__"].__get__(error)
        if cause is not None and causes:
            tree.append(self.error_tree(cause, out, causes=causes - 1))
        return tree

    def _method(self, value: types.MethodType, out: Outgoing) -> Tree:
        owner, name = value.__self__, getattr(value.__func__, "__name__", None)
        if type(name) is str and getattr(type(owner), name, None) is value.__func__:
            return ["bm", out.tree(owner), name]
        return self.handle(value)

    def _module(self, value: types.ModuleType, _out: Outgoing) -> Tree:
        return ["mod", _text(value.__dict__.get("__name__")), self.number_of(value)]


def _all_names(kind: type) -> set[str]:
    return {name for base in kind.__mro__ if base not in (object, type) for name in vars(base)}


def _is_simple_tuple(kind: type) -> bool:
    """Whether a named tuple compares and counts as a tuple does."""
    compared = (
        "__eq__",
        "__ne__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__hash__",
        "__len__",
        "__getitem__",
        "__iter__",
    )
    return all(getattr(kind, name) is getattr(tuple, name) for name in compared)


def _text(value: Any) -> str:
    return value[:200] if type(value) is str and value.isascii() else ascii(value)[:200]


def _view(_objects: Objects, value: Any, out: Outgoing) -> Tree:
    return ["view", _VIEWS[type(value)], out.many(list(value))]


def _buffer(_objects: Objects, value: Any, out: Outgoing) -> Tree:
    return buffer_tree(value, out)


def buffer_tree(value: Any, out: Outgoing) -> Tree:
    """Return the tree of a StringIO or BytesIO."""
    if value.closed:
        raise CodecError("a closed file can't be passed")
    return out.shared(value, lambda: ["buffer", _BUFFERS[type(value)], out.tree(value.getvalue()), value.tell()])


def generator_tree(value: Any, out: Outgoing) -> Tree:
    """Return the tree of a random generator."""
    return out.shared(value, lambda: ["chance", kind_of(value), out.tree(state_of(value))])


_MAX_TEXT = 20_000
_METACLASS = frozenset(("__iter__", "__len__", "__getitem__", "__contains__", "__call__"))
_SPECIAL: dict[type, Callable[[Objects, Any, Outgoing], Tree]] = {
    types.MethodType: Objects._method,
    types.ModuleType: Objects._module,
    **dict.fromkeys(_VIEWS, _view),
    ReverseFunction: lambda _objects, value, _out: ["rf", value.number],
    io.StringIO: _buffer,
    io.BytesIO: _buffer,
}
