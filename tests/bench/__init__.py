"""Measurements: what `script/bench` runs. Nothing here is a test, and nothing here is shipped."""
