"""What a test holds for the student's objects: stand-ins that ask the student's process.

There is one local class for each class over there (`classes` makes them), with only those special methods that the
class has, so that `callable`, `hasattr`, truth and `type(x) is Stack` are right. Nothing that a test does with a
stand-in runs anything of the student's here.
"""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn

from grader.sandbox.inside.separate.errors import Unsupported

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.classinfo import ClassInfo

# What a test does with an object: use it, have it compare itself, have it calculate, have it say whether it is true.
USE, COMPARE, NUMBER, TRUTH = "", ":compare", ":number", ":truth"

# Asked for by numpy, pickle, copy and IPython rather than by a test: answering would let the student's process decide
# what they make of the object.
_NEVER = frozenset((
    "__array_interface__", "__array_struct__", "__array_priority__", "__array_wrap__", "__array_finalize__",
    "__array_function__", "__array_prepare__", "__array_namespace__", "__dlpack__", "__dlpack_device__",
    "__dataframe__", "__arrow_array__",
    "__arrow_c_array__", "__arrow_c_stream__", "__buffer__", "__getstate__", "__setstate__",
    "__getnewargs__", "__getnewargs_ex__", "__getinitargs__", "_ipython_display_", "_repr_mimebundle_", "__del__",
    "_ipython_canary_method_should_not_exist_", "__isabstractmethod__", "__text_signature__",
))  # fmt: skip
_LOCAL = frozenset((
    "__class__", "__copy__", "__deepcopy__", "__slots__", "__weakref__", "__init_subclass__", "__subclasshook__",
    "__reduce_ex__", "__reduce__", "__array__", "__array_ufunc__", "__sizeof__",
))  # fmt: skip
_LOCAL_OF_CLASS = frozenset((
    "__class__", "__name__", "__qualname__", "__module__", "__mro__", "__bases__", "__base__", "__dict__", "mro",
    "__subclasses__", "__instancecheck__", "__subclasscheck__", "__flags__", "__weakrefoffset__", "__basicsize__",
    "__itemsize__", "__dictoffset__", "__prepare__", "__type_params__", "__init_subclass__", "__subclasshook__",
    "__array_ufunc__", "__array__", "__hash__", "_nbq_info", "__copy__", "__deepcopy__", "__reduce_ex__",
))  # fmt: skip


def info_of(kind: type) -> ClassInfo:
    """Return what is known of the class that the local class `kind` stands for."""
    found: ClassInfo = type.__getattribute__(kind, "_nbq_info")
    return found


class RemoteMeta(type):
    """The type of the local classes."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], info: Any = None) -> RemoteMeta:
        """Make a local class; only for `classes`. A `class` statement in a test may not derive from one."""
        if info is None:
            raise Unsupported(f"a test makes a subclass of {bases[0].__name__}, which belongs to the notebook")
        return super().__new__(cls, name, bases, {**namespace, "_nbq_info": info})

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], info: Any = None) -> None:
        super().__init__(name, bases, namespace)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return info_of(cls).session.call(cls, args, kwargs)

    def __getattribute__(cls, name: str) -> Any:
        if name in _LOCAL_OF_CLASS:
            return type.__getattribute__(cls, name)
        info = info_of(cls)
        if name in _NEVER:
            raise AttributeError(f"type object {info.name!r} has no attribute {name!r}")
        return info.session.ask("attr", cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        info_of(cls).session.ask("setattr", cls, name, value)

    def __delattr__(cls, name: str) -> None:
        info_of(cls).session.ask("delattr", cls, name)

    def __eq__(cls, other: object) -> bool:
        return cls is other or (_real(cls) is not None and _real(cls) is _real(other))

    def __hash__(cls) -> int:
        real = info_of(cls).real
        return hash(real) if real is not None else type.__hash__(cls)

    def __instancecheck__(cls, value: Any) -> bool:
        real = info_of(cls).real
        return type.__instancecheck__(cls, value) or (real is not None and isinstance(value, real))

    def __subclasscheck__(cls, other: type) -> bool:
        real = info_of(cls).real
        return type.__subclasscheck__(cls, other) or (real is not None and issubclass(other, real))

    def __dir__(cls) -> list[str]:
        return list(info_of(cls).session.ask("dir", cls))

    def __repr__(cls) -> str:
        return f"<class '{info_of(cls).label}'>"

    def __bool__(cls) -> bool:
        return True

    # What the class of a class may have: an Enum has all of it.
    def __iter__(cls) -> Any:
        return info_of(cls).session.ask("iter", cls)

    def __len__(cls) -> int:
        return whole(info_of(cls).session.ask("len", cls))

    def __getitem__(cls, key: Any) -> Any:
        return info_of(cls).session.ask("getitem", cls, key)

    def __contains__(cls, key: Any) -> bool:
        return bool(judged(cls, COMPARE, "contains", cls, key))


def derives(kind: type, base: type) -> bool:
    """Return whether `kind` derives from `base`, without asking any metaclass."""
    return any(known is base for known in type.__getattribute__(kind, "__mro__"))


def _real(kind: Any) -> Any:
    return info_of(kind).real if type(kind) is RemoteMeta else kind


def judged(kind: type, category: str, operation: str, *operands: Any) -> Any:
    """Do an operation on an object of the local class `kind`, if the test may."""
    info = info_of(kind)
    session = info.session
    session.meet(info, category)
    return session.ask(operation, *operands)


def whole(value: Any) -> int:
    """Return `value` if it is an int."""
    if type(value) is not int:
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
    return value


class _NoInfo:
    """Stands for what is known of a class where there is nothing to know."""

    name = label = "object"
    real = builtin = None
    own: frozenset[str] = frozenset()


class RemoteObject(metaclass=RemoteMeta, info=_NoInfo()):
    """The base of all stand-ins."""

    __slots__ = ("__weakref__", "_nbq_number")
    __array_ufunc__ = None  # numpy leaves operators to the object, as it would for most

    def __getattribute__(self, name: str) -> Any:
        if name in _LOCAL:
            return object.__getattribute__(self, name)
        if name in _NEVER:
            raise AttributeError(f"{info_of(type(self)).name!r} object has no attribute {name!r}")
        info = info_of(type(self))
        info.session.meet(info, USE)
        if name in info.own:
            return object.__getattribute__(self, name)
        if name in info.methods:
            return RemoteMethod(self, name, info.session)
        return info.session.ask("attr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        judged(type(self), USE, "setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        judged(type(self), USE, "delattr", self, name)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        kind = type(self)
        info = info_of(kind)
        info.session.meet(info, USE)
        return info.real or info.pose or kind

    def __bool__(self) -> bool:
        kind = type(self)
        info = info_of(kind)
        if info.truth:
            return bool(judged(kind, TRUTH, "bool", self))
        info.session.meet(info, USE)
        return True

    def __eq__(self, other: object) -> Any:
        info = info_of(type(self))
        info.session.meet(info, USE)
        return True if self is other else NotImplemented

    def __ne__(self, other: object) -> Any:
        info = info_of(type(self))
        info.session.meet(info, USE)
        return False if self is other else NotImplemented

    def __hash__(self) -> int:
        info = info_of(type(self))
        info.session.meet(info, USE)
        return object.__hash__(self)

    def __str__(self) -> str:
        return text(judged(type(self), USE, "str", self))

    def __repr__(self) -> str:
        return text(judged(type(self), USE, "repr", self))

    def __format__(self, form: str) -> str:
        return text(judged(type(self), USE, "format", self, form))

    def __dir__(self) -> list[str]:
        return list(judged(type(self), USE, "dir", self))

    def __copy__(self) -> Any:
        return judged(type(self), USE, "copy", self)

    def __deepcopy__(self, _memo: Any) -> Any:
        return judged(type(self), USE, "deepcopy", self)

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise Unsupported("a test copies or stores an object of the notebook in a way that can't be done")


def text(value: Any) -> str:
    """Return `value` if it is a str."""
    if type(value) is not str:
        raise TypeError(f"__str__ returned non-string (type {type(value).__name__})")
    return value


_get_number = RemoteObject.__dict__["_nbq_number"].__get__
_set_number = RemoteObject.__dict__["_nbq_number"].__set__


def make_object(kind: type, number: int) -> Any:
    """Return a stand-in of the local class `kind` for the object with that number."""
    made: Any = object.__new__(kind)
    _set_number(made, number)
    return made


def number_of(value: RemoteObject) -> int:
    """Return the number of the object that `value` stands for."""
    number: int = _get_number(value)
    return number


class RemoteMethod:
    """A method of a stand-in, not yet called."""

    def __init__(self, owner: Any, name: str, session: Any) -> None:
        self._owner, self._name, self._session = owner, name, session

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.call(self, args, kwargs)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return MethodType

    @property
    def __self__(self) -> Any:
        return self._owner

    def __getattr__(self, name: str) -> Any:
        if name in _NEVER or name == "__wrapped__":
            raise AttributeError(f"'method' object has no attribute {name!r}")
        return self._session.ask("attr", self, name)

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self._session.ask("attr", self, "__doc__")

    def __eq__(self, other: object) -> bool:
        return type(other) is RemoteMethod and other._owner is self._owner and other._name == self._name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return text(self._session.ask("repr", self))

    def tree_parts(self) -> tuple[Any, str]:
        """Return the owner and the name."""
        return self._owner, self._name
