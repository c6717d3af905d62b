"""The magics that a test cell may use in the test process."""

from __future__ import annotations

LINE_MAGICS = frozenset({"matplotlib", "config", "load_ext", "reload_ext", "autoreload", "precision", "pylab_inline"})
CELL_MAGICS = frozenset({"capture", "time"})
