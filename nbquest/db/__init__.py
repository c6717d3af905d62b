"""The store: engine, sessions, types and migrations."""
