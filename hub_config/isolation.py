"""Chooses where learners' servers run, and says why in words."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from grader.sandbox import bubblewrap
from nbquest.errors import NbquestError
from nbquest.settings import Settings

ENGINE_SECONDS = 10
DEFAULT_ENGINE = "unix:///var/run/docker.sock"
BUILD = "Build it with `nbquest images build`"


class NoIsolation(NbquestError):
    """Learners' code can't be isolated on this machine."""

    code: ClassVar[str] = "no-isolation"


@dataclass(frozen=True, kw_only=True)
class SpawnerChoice:
    """Where learners' servers run, and the reason in words for whoever starts the site."""

    kind: Literal["docker", "local", "insecure"]
    reason: str


def choose_spawner(settings: Settings) -> SpawnerChoice:
    """Return the choice for this machine: what is set, else Docker, else bubblewrap; else refuse."""
    docker = docker_problem(settings) if settings.spawner in ("auto", "docker") else "not asked for"
    if docker is None:
        return SpawnerChoice(kind="docker", reason=f"Docker answers and has the image {settings.singleuser_image}.")
    if settings.spawner == "docker":
        return _last_resort(settings, f"Docker is set as the spawner, but {docker}.")
    local = local_problem(settings)
    if local is None:
        reason = "bubblewrap works here" if settings.spawner == "local" else f"{docker}; bubblewrap works here"
        return SpawnerChoice(kind="local", reason=f"{reason[0].upper()}{reason[1:]}.")
    if settings.spawner == "local":
        return _last_resort(settings, f"The local spawner is set, but {local}.")
    return _last_resort(settings, f"Neither isolation is to be had: {docker}; {local}.")


def _last_resort(settings: Settings, problem: str) -> SpawnerChoice:
    if settings.insecure:
        return SpawnerChoice(kind="insecure", reason=f"{problem} `insecure` is set: learners' code runs UNISOLATED.")
    raise NoIsolation(
        f"{problem} Learners' code would run with access to everything this account can see. "
        "Install bubblewrap or Docker (`nbquest doctor` tells more), or, on a machine of your own only, set "
        "NBQUEST_INSECURE=true."
    )


def docker_problem(settings: Settings) -> str | None:
    """Return None when Docker can run learners' servers, else one clause on what is missing."""
    import docker
    from docker.errors import DockerException, ImageNotFound

    host = os.environ.get("DOCKER_HOST", DEFAULT_ENGINE)
    if host.startswith("unix://") and not Path(host.removeprefix("unix://")).exists():
        return "no Docker engine answers"
    try:
        client = docker.from_env(timeout=ENGINE_SECONDS)
    except DockerException:
        return "no Docker engine answers"
    with contextlib.closing(client):
        try:
            client.images.get(settings.singleuser_image)
        except ImageNotFound:
            return f"Docker has no image {settings.singleuser_image} ({BUILD})"
        except (DockerException, OSError) as error:
            return f"Docker answers with an error ({_first_line(error)})"
    return None


def local_problem(settings: Settings) -> str | None:
    """Return None when bubblewrap can run learners' servers, else one clause on what is missing."""
    python = settings.learner_environment / "bin" / "python"
    if not os.access(python, os.X_OK):
        return f"the learner environment {settings.learner_environment} is not there (run script/bootstrap)"
    return bubblewrap.probe()


def _first_line(error: Any) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
