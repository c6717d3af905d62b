"""Modules, functions and classes of libraries, which cross by name: `["g", module, name]`, `name` null for a module.

A name is looked up only in a module that is imported already and belongs to the standard library or the installed
packages, through `__dict__` alone, so that nothing of the sender's choice runs. What it finds must bear that very name.
"""

from __future__ import annotations

import functools
import os
import site
import sys
import sysconfig
import types
from typing import TYPE_CHECKING, Any

from grader.sandbox.inside.separate.codec_limits import CodecError, Tree

if TYPE_CHECKING:
    from grader.sandbox.inside.separate.codec import Decoder, Encoder

# Read from `type` itself: a metaclass may have its own idea of these.
_MODULE = type.__dict__["__module__"]
_QUALNAME = type.__dict__["__qualname__"]
_MRO = type.__dict__["__mro__"]
_MAX_NAME = 200


def is_library(name: str) -> bool:
    """Whether the module `name` is imported, and from the standard library or the installed packages."""
    module = sys.modules.get(name)
    # What runs as the main module may well lie among the packages; its names are the student's.
    if type(module) is not types.ModuleType or name == "__main__":
        return False
    file = module.__dict__.get("__file__")
    if type(file) is not str:
        return name.partition(".")[0] in sys.stdlib_module_names
    return file.startswith(_roots())


def find(module: str, name: str | None) -> Any:
    """Return the module, or the function or class `name` in it. Raises CodecError."""
    if not is_library(module):
        raise CodecError("not a library that is imported here")
    if name is None:
        return sys.modules[module]
    if len(name) > _MAX_NAME:
        raise CodecError("not the name of a function or class")
    found: Any = sys.modules[module].__dict__.get(name.partition(".")[0])
    if "." in name:
        attribute = name.partition(".")[2]
        bases = _MRO.__get__(found) if _is_class(found) else ()
        found = next((base.__dict__[attribute] for base in bases if attribute in base.__dict__), None)
    if _bears(found) != (module, name):
        raise CodecError("not the name of a function or class")
    return found


def name_of(value: Any) -> tuple[str, str | None] | None:
    """Return module and name under which `find` finds `value`, or None. `value` may be anything."""
    if type(value) is types.ModuleType:
        name = value.__dict__.get("__name__")
        return (name, None) if type(name) is str and sys.modules.get(name) is value and is_library(name) else None
    bears = _bears(value)
    if bears is None:
        return None
    try:
        return bears if find(*bears) is value else None
    except CodecError:
        return None


def encode(encoder: Encoder, value: Any) -> Tree | None:
    """Return the tree of a library's module, function or class; None for anything else."""
    name = name_of(value)
    return None if name is None else ["g", *name]


def decode(decoder: Decoder, module: Any, name: Any) -> Any:
    """Return what the tree names, from this process or, where that isn't wanted, from the caller."""
    if type(module) is not str or not (name is None or type(name) is str):
        raise CodecError("not a name")
    return find(module, name) if decoder.local else decoder.resolve("g", [module, name])


def _bears(value: Any) -> tuple[str, str] | None:
    """Return the module and the name that `value` says it has."""
    kind = type(value)
    module: Any
    name: Any
    if _is_class(value):
        module, name = _MODULE.__get__(value), _QUALNAME.__get__(value)
    elif kind is types.MethodDescriptorType:
        module, name = _MODULE.__get__(value.__objclass__), value.__qualname__
    elif kind is types.FunctionType or (
        kind is types.BuiltinFunctionType and (value.__self__ is None or type(value.__self__) is types.ModuleType)
    ):
        module, name = value.__module__, value.__qualname__
    elif id(kind) in _numpy_functions():
        module, name = value.__module__, value.__name__
    else:
        return None
    return (module, name) if type(module) is str and type(name) is str else None


def _is_class(value: Any) -> bool:
    return issubclass(type(value), type)


def _numpy_functions() -> tuple[int, ...]:
    numpy = sys.modules.get("numpy")
    names = () if type(numpy) is not types.ModuleType else ("add", "mean")
    return tuple(id(type(numpy.__dict__[name])) for name in names if name in numpy.__dict__)


@functools.cache
def _roots() -> tuple[str, ...]:
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += site.getsitepackages()
    return tuple(sorted({form + os.sep for path in paths for form in (path, os.path.realpath(path))}))
