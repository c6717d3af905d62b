"""JupyterHub's configuration file: everything is in `hub_config`."""

from hub_config import configure

configure(c)  # type: ignore[name-defined]  # noqa: F821  JupyterHub defines it
