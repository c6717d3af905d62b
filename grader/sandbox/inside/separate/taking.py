"""Reads, in the test process, what the student's process makes; see `objects` for the trees.

Nothing here runs, imports or looks up anything that the student's process names, but for the class of a library that an
object is compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.classes import RemoteTuple, make_error, make_tuple
from grader.sandbox.inside.separate.codec_limits import CodecError
from grader.sandbox.inside.separate.generators import make_generator
from grader.sandbox.inside.separate.given import read_buffer
from grader.sandbox.inside.separate.library import take_library
from grader.sandbox.inside.separate.parcels import Incoming
from grader.sandbox.inside.separate.proxies import RemoteMethod, RemoteObject, derives, info_of
from grader.sandbox.inside.separate.symbolic import read_symbolic

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.session import Session

_MAX_TEXT = 100_000


def take(tag: str, payload: list[Any], incoming: Incoming, session: Session) -> Any:
    """Return the value of such a tree. Raises CodecError."""
    read = _READERS.get(tag)
    if read is None:
        raise CodecError("not a value")
    return read(incoming, session, *payload)


def _object(_incoming: Incoming, session: Session, number: Any, kind: Any) -> Any:
    return session.object(_object_class(kind, session), _number(number))


def _class(_incoming: Incoming, session: Session, number: Any, said: Any = None) -> type:
    return session.class_of(number, said, lambda tree: _class_tree(tree, session))


def _own_function(_incoming: Incoming, session: Session, number: Any) -> Any:
    return session.function(number)


def _own_error(_incoming: Incoming, session: Session, number: Any) -> Any:
    return session.own_error(number)


def _method(incoming: Incoming, session: Session, owner: Any, name: Any) -> Any:
    found = incoming.value(owner)
    if derives(type(found), RemoteObject):
        info_of(type(found)).methods.add(_text(name))
    return RemoteMethod(found, _text(name), session)


def _tuple(incoming: Incoming, session: Session, kind: Any, items: Any, number: Any) -> Any:
    local = _class_tree(kind, session)
    if not derives(local, RemoteTuple):
        raise CodecError("not a named tuple")
    made = make_tuple(local, incoming.many(items), _number(number))
    vars(made)["_nbq_use"] = session.use_of(number)
    return made


def _module(_incoming: Incoming, session: Session, name: Any, number: Any) -> Any:
    return session.module(_text(name), _number(number))


def _buffer(incoming: Incoming, _session: Session, kind: Any, contents: Any, position: Any, number: Any) -> Any:
    return read_buffer(kind, incoming.value(contents), position, number, incoming)


def _generator(incoming: Incoming, _session: Session, kind: Any, state: Any, number: Any) -> Any:
    return incoming.hold(number, make_generator(kind, incoming.value(state)))


def _library(_incoming: Incoming, session: Session, module: Any, name: Any) -> Any:
    return take_library(module, name, session)


def _number(number: Any) -> int:
    if type(number) is not int or number <= 0:
        raise CodecError("not the number of an object")
    return number


def _text(value: Any) -> str:
    if type(value) is not str or len(value) > _MAX_TEXT:
        raise CodecError("not a text")
    return value


def _class_tree(tree: Any, session: Session) -> type:
    if type(tree) is not list or not tree or tree[0] != "k":
        raise CodecError("not a class")
    number, *rest = tree[1:]
    return session.class_of(number, rest[0] if rest else None, lambda inner: _class_tree(inner, session))


def _object_class(tree: Any, session: Session) -> type:
    kind = _class_tree(tree, session)
    if not derives(kind, RemoteObject):
        raise CodecError("not an object")
    return kind


def _error(incoming: Incoming, session: Session, number: Any, kind: Any, *parts: Any) -> BaseException:
    local = _class_tree(kind, session)
    if not derives(local, BaseException):
        raise CodecError("not an exception")
    arguments, text, *causes = parts
    args = None if arguments is None else incoming.value(arguments)
    error = make_error(local, _number(number), args, _text(incoming.value(text)))
    session.note_error(error, number)
    for cause in map(incoming.value, causes):
        if not derives(type(cause), BaseException):
            raise CodecError("not an exception")
        error.__cause__ = cause
    return error


def _view(incoming: Incoming, _session: Session, kind: Any, trees: Any) -> Any:
    items = incoming.many(trees)
    if kind == "keys":
        return dict.fromkeys(items).keys()
    if kind == "values":
        return dict(enumerate(items)).values()
    if kind == "items" and all(type(item) is tuple and len(item) == 2 for item in items):
        return dict(items).items()
    raise CodecError("not a view of a dict")


_READERS: dict[str, Callable[..., Any]] = {
    "h": _object,
    "k": _class,
    "g": _library,
    "e": _error,
    "eo": _own_error,
    "rf": _own_function,
    "bm": _method,
    "nt": _tuple,
    "view": _view,
    "mod": _module,
    "buffer": _buffer,
    "chance": _generator,
    "sym": read_symbolic,
}
