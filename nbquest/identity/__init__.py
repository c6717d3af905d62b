"""People, as JupyterHub names them, and their roles in courses."""
