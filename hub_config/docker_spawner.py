"""Runs each learner's server in a Docker container of its own."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
from typing import Any

from dockerspawner import DockerSpawner

from hub_config.docker_network import Network, ensure_network, shield_host
from hub_config.http_proxy import with_lifeline
from hub_config.local_spawner import RELAY
from hub_config.sessions import server_token_id
from hub_config.site import ANY_ADDRESS, Site
from hub_config.spawner import HOME, IMAGE_ENVIRONMENTS, PROCESSES, SERVER_PORT, learner_environment
from nbquest.errors import StartError

RELAY_SERVICE = "docker-relay"

log = logging.getLogger("nbquest.hub")


def configure_docker(c: Any, site: Site) -> None:
    """Take the Docker spawner, with a network of the site's own and a relay from it to the proxy."""
    import docker

    with contextlib.closing(docker.from_env()) as client:
        network = ensure_network(client, site.settings.docker_network)
    problem = shield_host(network, site.settings.port)
    if problem:
        log.warning("Containers can reach ports that this machine opens to its Docker networks: %s.", problem)
    if site.settings.host not in ANY_ADDRESS:
        c.JupyterHub.services.append(relay_service(network, site))
    relay = f"http://{network.gateway}:{site.settings.port}"
    c.JupyterHub.spawner_class = ContainerSpawner
    c.Spawner.hub_connect_url = relay
    c.DockerSpawner.environment = learner_environment(relay, f"{IMAGE_ENVIRONMENTS}/share/jupyter")
    c.DockerSpawner.image = site.settings.singleuser_image
    c.DockerSpawner.pull_policy = "never"
    c.DockerSpawner.network_name = network.name
    c.DockerSpawner.use_internal_ip = True
    c.DockerSpawner.port = SERVER_PORT
    c.DockerSpawner.remove = True
    c.DockerSpawner.name_template = f"nbq-{site.label}-{{username}}"
    c.DockerSpawner.volumes = {f"nbq-{site.label}-{{username}}-{{userid}}": HOME}
    c.DockerSpawner.extra_create_kwargs = {"user": "1000:1000", "hostname": "nbquest"}
    c.DockerSpawner.extra_host_config = host_config(site)


class ContainerSpawner(DockerSpawner):
    """DockerSpawner whose names may hold the Hub's number of the person.

    A home is named by it, so that whoever takes the name of a deleted person doesn't get that person's files.
    A container can outlive the Hub, so the number of its token is kept (see `sessions.py`).
    """

    token_id: int | None = None

    def get_state(self) -> dict[str, Any]:
        """Return what the next Hub has to know of this server."""
        state: dict[str, Any] = super().get_state()
        self.token_id = server_token_id(self.db, self)
        return state | {"token_id": self.token_id}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what an earlier Hub knew of this server."""
        super().load_state(state)
        self.token_id = state.get("token_id")

    def clear_state(self) -> None:
        """Forget the server, which has ended."""
        super().clear_state()
        self.token_id = None

    def template_namespace(self) -> dict[str, Any]:
        """Return what name templates may hold."""
        namespace: dict[str, Any] = super().template_namespace()
        return namespace | {"userid": str(self.user.id)}


def host_config(site: Site) -> dict[str, Any]:
    """Return what a container may do at most."""
    memory = f"{site.settings.learner_memory_mb}m"
    return {
        "security_opt": ["no-new-privileges"],
        "cap_drop": ["ALL"],
        "pids_limit": PROCESSES,
        "memswap_limit": memory,
        "read_only": True,
        "tmpfs": {"/tmp": "size=512m,mode=1777"},  # noqa: S108  inside the container
        "init": True,
        # A learner decides how much a server says.
        "log_config": {"type": "json-file", "config": {"max-size": "1m", "max-file": "2"}},
    }


def relay_service(network: Network, site: Site) -> dict[str, Any]:
    """Return the Hub-managed service that brings containers to the proxy, at the proxy's own port of the gateway."""
    port = site.settings.port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((network.gateway, port))
        except OSError as error:
            raise StartError(
                f"Containers reach the site at {network.gateway} port {port}, which can't be had: {error.strerror}. "
                "Set NBQUEST_PORT to a port that is free there too."
            ) from None
    host, _ = site.public_address
    command = [sys.executable, "-I", str(RELAY), "gateway", network.gateway, str(port), host, str(port)]
    return {"name": RELAY_SERVICE, "command": with_lifeline(command), "display": False}
