"""Background work: the procrastinate application."""
