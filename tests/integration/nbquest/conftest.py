"""Fixtures of the site's tests."""

from __future__ import annotations

from tests.factories.package_index import store, wheels

__all__ = ["store", "wheels"]
