"""What an administrator may choose about grading: limits, interpreter, and whether to go without a sandbox."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

PRELOAD = ("numpy", "numpy.testing", "pandas", "pandas.testing", "matplotlib.pyplot")
"""What most notebooks import: brought in once, by the fork server, before any submission is run."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one run of a submission may use. Times in seconds, sizes as the names say."""

    cell_seconds: float = 30.0
    total_seconds: float = 120.0
    memory_mb: int = 1024
    output_kb: int = 1024
    disk_mb: int = 256
    processes: int = 128


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An interpreter, and the folders that it needs to see.

    Without folders the interpreter itself is asked for them, which runs the `.pth` files of its packages outside of
    the sandbox: for one that the site's administrator made, not for what a course brought. `made` is another where the
    same folders were made anew: a sandbox that was started before still sees the old ones.
    """

    python: Path
    folders: tuple[Path, ...] = ()
    made: str = ""


@dataclass(frozen=True, kw_only=True)
class GraderOptions:
    """How to grade. `python` None means the learner environment beside ours, else our own interpreter.

    `folders`: those that it needs to see, as in `Environment`.
    `preload`: modules that the fork server imports once, where it has them, so that no submission has to.
    `insecure` runs student code without namespaces: for a developer's machine and one's own notebooks only.
    """

    python: Path | None = None
    folders: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    preload: tuple[str, ...] = PRELOAD
    insecure: bool = False

    def interpreter(self) -> Path:
        """Return the interpreter that runs student code."""
        if self.python is not None:
            return self.python
        beside = Path(sys.prefix).parent / ".venv-learner" / "bin" / "python"
        return beside if beside.exists() else Path(sys.executable)
