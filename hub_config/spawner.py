"""Where learners' servers run: what both spawners share, and which one this site takes."""

from __future__ import annotations

import logging
from typing import Any

from hub_config.isolation import SpawnerChoice, choose_spawner
from hub_config.roles import SERVICE
from hub_config.site import Site

HOME = "/home/jovyan"
SERVER_PORT = 8888
IMAGE_ENVIRONMENTS = "/opt/environments"
"""Where the image of a learner's container holds the environments of courses."""
START_SECONDS = 120
PROCESSES = 512

log = logging.getLogger("nbquest.hub")


def configure_spawner(c: Any, site: Site) -> None:
    """Configure the spawner that `choose_spawner` names."""
    choice = choose_spawner(site.settings)
    log.warning("Learners' servers: %s. %s", choice.kind, choice.reason)
    _configure_common(c, site)
    _configure_kind(c, site, choice)


def _configure_common(c: Any, site: Site) -> None:
    c.Spawner.default_url = "/lab"
    c.Spawner.notebook_dir = HOME
    c.Spawner.env_keep = []  # nothing of the Hub's environment reaches a learner
    c.Spawner.start_timeout = START_SECONDS
    c.Spawner.http_timeout = START_SECONDS
    c.Spawner.mem_limit = f"{site.settings.learner_memory_mb}M"
    c.Spawner.cpu_limit = site.settings.learner_cpus
    c.JupyterHub.allow_named_servers = False
    # What ends with the Hub can't be left half alive: a stop of the Hub stops the servers.
    c.JupyterHub.cleanup_servers = True


def _configure_kind(c: Any, site: Site, choice: SpawnerChoice) -> None:
    if choice.kind == "docker":
        from hub_config.docker_spawner import configure_docker

        configure_docker(c, site)
        return
    from hub_config.local_spawner import configure_insecure, configure_local

    if choice.kind == "local":
        configure_local(c, site)
    else:
        configure_insecure(c, site)


def learner_environment(relay: str, kernels: str) -> dict[str, str]:
    """Return what a learner's server is told beyond JupyterHub's own variables.

    `relay` is its one way out, `kernels` the folder with the kernelspecs of courses that bring packages.
    """
    return {
        "JUPYTER_PATH": kernels,
        "NBQUEST_SERVICE_URL": f"{relay}/services/{SERVICE}/",
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "SHELL": "/bin/bash",
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONUNBUFFERED": "1",
        # Threads beyond the processor limit only make libraries slower and hungrier.
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "MKL_NUM_THREADS": "2",
    }
