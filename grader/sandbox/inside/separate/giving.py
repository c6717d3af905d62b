"""Makes trees, in the test process, of what a test passes and the codec doesn't know; `given` has the list of them."""

from __future__ import annotations

import io
import pickle
import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.classes import RemoteError, RemoteTuple
from grader.sandbox.inside.separate.codec_limits import Tree
from grader.sandbox.inside.separate.errors import Unsupported
from grader.sandbox.inside.separate.generators import is_generator
from grader.sandbox.inside.separate.library import RemoteFunction
from grader.sandbox.inside.separate.modules import RemoteModule
from grader.sandbox.inside.separate.objects import buffer_tree, generator_tree
from grader.sandbox.inside.separate.parcels import Outgoing
from grader.sandbox.inside.separate.proxies import RemoteMeta, RemoteMethod, RemoteObject, derives, info_of, number_of
from grader.sandbox.inside.separate.values_names import is_library

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.session import Session

_FUNCTIONS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType,
    types.MethodDescriptorType, types.WrapperDescriptorType,
)  # fmt: skip
_BUFFERS = (io.StringIO, io.BytesIO)


def give(value: Any, out: Outgoing, session: Session) -> Tree:
    """Return the tree of `value`. Raises Unsupported."""
    kind = type(value)
    if kind is RemoteMeta:
        return class_tree(value)
    if derives(kind, RemoteObject):
        return ["h", number_of(value)]
    if derives(kind, RemoteError) or derives(kind, RemoteTuple):
        return ["h", vars(value)["_nbq_number"]]
    if kind is RemoteMethod:
        owner, name = value.tree_parts()
        return ["bm", out.tree(owner), name]
    if kind is RemoteFunction:
        return ["g", *value.library_name()]
    return _local(value, kind, out, session)


def class_tree(kind: Any) -> Tree:
    """Return the tree of a local class."""
    info = info_of(kind)
    if info.number:
        return ["k", info.number]
    module, _, name = info.label.rpartition(".")
    return ["g", module, name]


def _local(value: Any, kind: type, out: Outgoing, session: Session) -> Tree:
    """Return the tree of something that the test itself made."""
    known = _known(value, kind, out, session)
    if known is not None:
        return known
    pickled = None if kind in _FUNCTIONS or isinstance(value, type) else _pickled(value, kind, out)
    if pickled is not None:
        return pickled
    if callable(value):
        return _function(value, session)
    raise Unsupported(f"a test passes an object of its own class {kind.__name__} to the notebook")


def _known(value: Any, kind: type, out: Outgoing, session: Session) -> Tree:
    """Return the tree of something that has a tree of its own; None for anything else."""
    if isinstance(value, BaseException):
        return _error(value, out, session)
    if kind in _BUFFERS:
        return buffer_tree(value, out)
    if isinstance(value, types.ModuleType):
        return _module(value)
    if is_generator(value):
        return generator_tree(value, out)
    if isinstance(value, Iterator) and kind.__module__ in ("builtins", "itertools"):
        return ["ri", session.number_of_function(_advance(value))]
    return None


def _pickled(value: Any, kind: type, out: Outgoing) -> Tree:
    """Return the tree of an object of a library; None where it can't be had that way."""
    if _is_mock(kind) or not is_library(kind.__module__):
        return None
    try:
        return ["pickle", *out.raw(pickle.dumps(value))]
    except Exception:  # noqa: BLE001  (whatever its class does about it)
        return None


def _function(value: Any, session: Session) -> Tree:
    # What isn't a plain function gets a name that none has: it doesn't become a method in a class.
    name, doc = (value.__name__, value.__doc__) if type(value) is types.FunctionType else ("<callable>", None)
    if isinstance(value, type):
        name = value.__name__
    return ["rf", session.number_of_function(value), name, doc if type(doc) is str else None]


def _module(value: types.ModuleType) -> Tree:
    if type(value) is RemoteModule:
        return value.tree()
    name = value.__name__
    if not is_library(name):
        raise Unsupported(f"a test passes the module {name} to the notebook")
    return ["g", name, None]


def _advance(iterator: Iterator[Any]) -> Callable[[], Any]:
    return lambda: next(iterator)


def _is_mock(kind: type) -> bool:
    return any(base.__module__ == "unittest.mock" for base in kind.__mro__)


def _error(error: BaseException, out: Outgoing, session: Session) -> Tree:
    """Return the tree of an exception that the test raised; it comes back as the same object."""
    number = session.keep_error(error)
    try:
        arguments = out.tree(tuple(error.args))
    except Exception:  # noqa: BLE001  (the text will do)
        arguments = out.tree((str(error),))
    return ["raise", type(error).__name__, arguments, str(error)[:2000], number]
