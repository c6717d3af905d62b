"""Limits of graders in tests."""

from __future__ import annotations

from grader.grading import Limits

PATIENT = Limits(cell_seconds=60, total_seconds=240, memory_mb=512, disk_mb=64)
"""For what is to end by itself: a busy machine may take long over it."""
HASTY = Limits(cell_seconds=2, total_seconds=8, memory_mb=512, disk_mb=64)
"""For what never ends by itself."""
