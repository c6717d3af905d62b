"""Which Jupyter kernels an environment has."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path("share", "jupyter", "kernels")


def installed_kernels(python: Path) -> frozenset[str]:
    """Return the names of the kernels beside the interpreter `python`: those that may run what learners hand in.

    As Jupyter does it, a kernel's name is that of its folder, in lower case.
    """
    folder = python.parent.parent / FOLDER
    return frozenset(path.parent.name.lower() for path in folder.glob("*/kernel.json"))
