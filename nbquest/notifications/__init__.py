"""What happened to somebody's work: kept as rows, and told at once to whoever listens."""
