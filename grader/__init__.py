"""Grades Jupyter notebooks: notebooks in, report out. Knows no database, no hub and nothing else of nbquest."""
