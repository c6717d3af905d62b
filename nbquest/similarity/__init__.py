"""Similar passages in what different people handed in to one assignment, for who teaches the course."""
