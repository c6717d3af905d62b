"""Processes of the hub side: wiring only."""
