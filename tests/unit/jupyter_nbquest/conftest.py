"""The extension is a distribution of its own; here it is imported from its folder."""

from __future__ import annotations

import sys
from pathlib import Path

EXTENSIONS = str(Path(__file__).resolve().parents[3] / "extensions")
if EXTENSIONS not in sys.path:
    sys.path.insert(0, EXTENSIONS)
