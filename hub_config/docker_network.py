"""The network of learners' containers: they see neither each other nor this machine, but for the way to the proxy."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from nbquest.errors import StartError

ICC = "com.docker.network.bridge.enable_icc"
BRIDGE_NAME = "com.docker.network.bridge.name"
LINK_LOCAL = "169.254.0.0/16"  # where clouds hand out a machine's credentials

log = logging.getLogger("nbquest.hub")


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network of the engine: the name of its bridge on this machine and this machine's address on it."""

    name: str
    bridge: str
    gateway: str


def ensure_network(client: Any, name: str) -> Network:
    """Return the network `name`, made on first use; raise StartError for one whose containers see each other."""
    found = client.networks.list(names=[f"^{name}$"])
    if found:
        network = found[0]
    else:
        options = {ICC: "false", BRIDGE_NAME: _bridge_name(name)}
        network = client.networks.create(name, driver="bridge", options=options, check_duplicate=True)
    network.reload()
    if network.attrs["Options"].get(ICC) != "false":
        raise StartError(
            f"The Docker network {name} lets containers see each other. Remove it (docker network rm {name}), "
            "or set NBQUEST_DOCKER_NETWORK to another name."
        )
    bridge = network.attrs["Options"].get(BRIDGE_NAME) or f"br-{network.id[:12]}"
    return Network(name=name, bridge=bridge, gateway=network.attrs["IPAM"]["Config"][0]["Gateway"])


def _bridge_name(name: str) -> str:
    # At most 15 characters, the kernel's limit for an interface.
    return f"nbq-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def shield_host(network: Network, port: int) -> str | None:
    """Let containers reach `port` of the gateway and nothing else of this machine; return what stands in the way.

    Replies to what this machine asks of a container pass. Link-local addresses are closed too. Idempotent; several
    sites may share a network, each with a port of its own.
    """
    iptables = shutil.which("iptables", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if iptables is None or os.geteuid() != 0:
        return "it takes root and iptables"
    chain = f"NBQUEST-{network.bridge}"[:28]
    _run(iptables, "-N", chain)  # fails when it is there already
    allowed = ["-d", network.gateway, "-p", "tcp", "--dport", str(port), "-j", "RETURN"]
    established = ["-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "RETURN"]
    done = [
        _ensure(iptables, chain, ["-j", "DROP"], append=True),
        _ensure(iptables, chain, allowed),
        _ensure(iptables, chain, established),
        _ensure(iptables, "INPUT", ["-i", network.bridge, "-j", chain]),
        _ensure(iptables, "DOCKER-USER", ["-i", network.bridge, "-d", LINK_LOCAL, "-j", "DROP"]),
    ]
    return None if all(done) else "iptables refused a rule"


def _ensure(iptables: str, chain: str, rule: list[str], *, append: bool = False) -> bool:
    return _run(iptables, "-C", chain, *rule) or _run(iptables, "-A" if append else "-I", chain, *rule)


def _run(iptables: str, *arguments: str) -> bool:
    command = [iptables, "-w", "10", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
