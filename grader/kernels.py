"""Which Jupyter kernels an environment has."""

from __future__ import annotations

from pathlib import Path

from grader.options import GraderOptions

_FOLDER = Path("share", "jupyter", "kernels")


def kernels_in(*prefixes: Path) -> frozenset[str]:
    """Return the names of the kernels that are installed below `prefixes`.

    As Jupyter does it, a kernel's name is that of its folder, in lower case.
    """
    found = [path for prefix in prefixes for path in (prefix / _FOLDER).glob("*/kernel.json")]
    return frozenset(path.parent.name.lower() for path in found)


def graded_kernels(options: GraderOptions) -> frozenset[str]:
    """Return the names of the kernels that may run what learners hand in."""
    return kernels_in(options.interpreter().parent.parent, *options.folders)


def offered_kernels(options: GraderOptions) -> frozenset[str]:
    """Return the names of the kernels that learners' servers have: those of the environment below a course's own."""
    prefix = options.interpreter().parent.parent
    below = [folder for folder in options.folders if folder != prefix]
    return kernels_in(*below) if below else kernels_in(prefix)
