"""Makes the local class for a class of the student's process from what that process says of it."""

from __future__ import annotations

import builtins
import unittest
from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.classinfo import ClassInfo, real_class
from grader.sandbox.inside.separate.codec_limits import CodecError
from grader.sandbox.inside.separate.methods import METHODS, OF_COROUTINES
from grader.sandbox.inside.separate.proxies import USE, RemoteMeta, RemoteObject, derives, info_of

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.session import Session

MAX_CLASSES = 2_000
_MAX_FIELDS = 255
_POSES = (int, float, complex, str, bytes, list, dict, set, frozenset, tuple)
_BUILTIN_ERRORS = {
    name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
}
_ENDING = (KeyboardInterrupt, GeneratorExit)
_COROUTINES = frozenset(("builtins.coroutine",))


class RemoteError:
    """The part of an exception's local class that asks the student's process."""

    _nbq_number: int
    _nbq_text: str

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("__", "_nbq_", "_ipython", "_repr", "_render")):
            raise AttributeError(name)
        return info_of(type(self)).session.ask("attr", self, name)

    def __str__(self) -> str:
        return self._nbq_text

    def __bool__(self) -> bool:
        info = info_of(type(self))
        info.session.meet(info, USE)
        return True

    def __eq__(self, other: object) -> bool:
        info = info_of(type(self))
        info.session.meet(info, USE)
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)


class RemoteTuple(tuple[Any, ...]):
    """The part of a named tuple's local class that asks the student's process."""

    _nbq_number: int

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return info_of(type(self)).session.ask("attr", self, name)

    def __repr__(self) -> str:
        kind = type(self)
        fields = type.__getattribute__(kind, "_nbq_fields")
        items = ", ".join(f"{name}={value!r}" for name, value in zip(fields, self, strict=False))
        return f"{info_of(kind).name}({items})"

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, _memo: Any) -> Any:
        return info_of(type(self)).session.ask("deepcopy", self)


def make_class(session: Session, number: int, said: dict[str, Any], bases: list[type]) -> type:
    """Return the local class for the class with that number; `said` is its description. Raises CodecError.

    `bases`: the local classes of its bases.
    """
    module, name = said["m"], said["q"]
    if not (type(module) is str and type(name) is str) or len(session.classes) >= MAX_CLASSES:
        raise CodecError("not a class")
    real = None
    if said.get("l") is True:
        real = real_class(module, name)
        if real is None:
            session.prepare()
            real = real_class(module, name)
    info = ClassInfo(session, number, module, name, real)
    if isinstance(real, type) and issubclass(real, BaseException):
        return _error_class(info, bases)
    if any(derives(base, BaseException) for base in bases):
        return _error_class(info, bases)
    fields = said.get("f")
    if fields is not None:
        return _tuple_class(info, fields)
    return _object_class(info, said, bases)


def _namespace(info: ClassInfo) -> dict[str, Any]:
    module, _, name = info.label.rpartition(".")
    return {"__module__": module, "__qualname__": name}


def _object_class(info: ClassInfo, said: dict[str, Any], bases: list[type]) -> type:
    has = _methods_of(info.real) if info.real is not None else frozenset(said["d"])
    namespace = {**_namespace(info), "__slots__": ()}
    namespace.update({name: METHODS[name] for name in METHODS.keys() & has})
    unhashable = said.get("s") is True and info.real is None
    if unhashable or ("__eq__" in has and "__hash__" not in has):
        namespace["__hash__"] = None
    if info.label in _COROUTINES:
        namespace.update(OF_COROUTINES)
        info.own = frozenset(OF_COROUTINES)
    info.truth = bool({"__bool__", "__len__"} & has)
    _note_builtin(info, bases)
    remote = [base for base in bases if derives(base, RemoteObject)]
    try:
        return RemoteMeta(info.name, tuple(dict.fromkeys(remote)) or (RemoteObject,), namespace, info)
    except TypeError:  # bases in an order that can't be
        return RemoteMeta(info.name, (RemoteObject,), namespace, info)


def _methods_of(real: type) -> frozenset[str]:
    return frozenset(
        name for base in real.__mro__ if base is not object for name in vars(base) if vars(base)[name] is not None
    )


def _note_builtin(info: ClassInfo, bases: list[type]) -> None:
    """Let `isinstance(x, list)` be right for a class that derives from list."""
    for base in bases:
        known = info_of(base)
        builtin = known.builtin or (known.real if known.real in _POSES else None)
        if builtin is not None:
            info.builtin = builtin
            info.pose = type(info.name, (builtin,), {})
            return


def _error_class(info: ClassInfo, bases: list[type]) -> type:
    """Return a class that an `except` clause knows: it derives from the builtin exceptions that its own does."""
    if isinstance(info.real, type):
        known = info.real
        if known in _ENDING or issubclass(known, unittest.SkipTest):
            known = RuntimeError  # the student's process neither interrupts a test nor has it passed over
        parents: tuple[type, ...] = (RemoteError, known)
    else:
        errors = [base for base in bases if derives(base, BaseException)]
        parents = tuple(dict.fromkeys(errors)) or (RemoteError, Exception)
    try:
        return RemoteMeta(info.name, parents, _namespace(info), info)
    except TypeError:
        return RemoteMeta(info.name, (RemoteError, Exception), _namespace(info), info)


def _tuple_class(info: ClassInfo, fields: Any) -> type:
    if (
        type(fields) is not list
        or len(fields) > _MAX_FIELDS
        or not all(type(f) is str and f.isidentifier() for f in fields)
    ):
        raise CodecError("not a named tuple")
    getters: dict[str, Callable[..., Any]] = {name: property(itemgetter(at)) for at, name in enumerate(fields)}  # type: ignore[misc]
    namespace = {**_namespace(info), **getters, "_nbq_fields": tuple(fields)}
    return RemoteMeta(info.name, (RemoteTuple,), namespace, info)


def make_error(kind: type, number: int, arguments: Any, text: str) -> BaseException:
    """Return an exception of the local class `kind`."""
    mro = type.__getattribute__(kind, "__mro__")
    builtin = next(base for base in mro if _BUILTIN_ERRORS.get(base.__name__) is base)
    args = arguments if type(arguments) is tuple else (text,)
    if info_of(kind).real is builtin:
        try:
            plain: BaseException = builtin(*args)
            if str(plain) == text:
                return plain
        except Exception:  # noqa: BLE001, S110  (arguments that its constructor doesn't take)
            pass
    error: BaseException = builtin.__new__(kind, *args)
    error.args = args
    vars(error).update(_nbq_number=number, _nbq_text=text)
    return error


def make_tuple(kind: type, items: list[Any], number: int) -> Any:
    """Return a named tuple of the local class `kind`."""
    made: Any = tuple.__new__(kind, items)
    vars(made)["_nbq_number"] = number
    return made
