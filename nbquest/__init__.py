"""nbquest's hub side: one folder (a room) per domain, and the processes that put them together."""

__version__ = "0.1.0"
