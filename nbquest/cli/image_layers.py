"""Puts the environments of courses into the image of a learner's container, one layer each."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import docker
from docker.errors import DockerException, ImageNotFound

from hub_config.spawner import IMAGE_ENVIRONMENTS
from nbquest.cli.images import FOLDER, ImageBuildFailed, connect, said_by_build
from nbquest.environments import pip
from nbquest.environments.store import BuiltEnvironment, EnvironmentStore, kernelspec
from nbquest.settings import Settings

LABEL = "nbquest.environments"


def add_environments(settings: Settings, store: EnvironmentStore, wanted: Iterable[BuiltEnvironment]) -> list[str]:
    """Put what is `wanted` and not there yet into the image of learners' containers; return the titles of what came in.

    Where no container is used (no engine, no image, another spawner) there is nothing to do. Raises ImageBuildFailed.
    """
    missing = list(wanted)
    if not missing or settings.spawner == "local":
        return []
    try:
        client = connect()
    except ImageBuildFailed:
        return []
    tag = settings.singleuser_image
    try:
        there = held(client, tag)
    except ImageNotFound:
        return []  # built later, by `nbquest images build`, with all environments
    added = []
    for environment in missing:
        if environment.folder.name not in there:
            print(f"Adding {environment.title} to {tag}", flush=True)
            there = sorted({*there, environment.folder.name})
            _add_layer(client, tag, store, environment, there)
            added.append(environment.title)
    return added


def held(client: docker.DockerClient, tag: str) -> list[str]:
    """Return the names of the environments that the image holds. Raises ImageNotFound."""
    label = client.images.get(tag).labels.get(LABEL, "")
    return [name for name in label.split(",") if name]


def _add_layer(
    client: docker.DockerClient, tag: str, store: EnvironmentStore, environment: BuiltEnvironment, label: list[str]
) -> None:
    name = environment.folder.name
    with tempfile.TemporaryDirectory(prefix="nbq-layer-") as folder:
        context = Path(folder)
        shutil.copyfile(FOLDER / "singleuser" / "environment.Dockerfile", context / "Dockerfile")
        (context / "requirements.txt").write_text(environment.requirements, encoding="utf-8")
        python = PurePosixPath(IMAGE_ENVIRONMENTS, name, "bin", "python")
        (context / "kernel.json").write_text(json.dumps(kernelspec(python, environment.names)), encoding="utf-8")
        (context / "kernel.json").chmod(0o644)
        pip.download(store.base_python, environment.requirements, context / "wheels")
        base = client.images.get(tag).id or tag
        try:
            said = said_by_build(client, context, tag=tag, arguments={"BASE": base, "NAME": name}, labels={
                LABEL: ",".join(label)
            })  # fmt: skip
        except DockerException as error:
            raise ImageBuildFailed(f"{environment.title} could not be added to {tag}: {error}") from error
    if name not in held(client, tag):
        raise ImageBuildFailed(
            f"{environment.title} could not be added to {tag}; the image and this machine need the same version of "
            "Python:\n  " + "\n  ".join(said[-12:])
        )
