"""The packages that a course brings, in the kernels of learners' servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from nbquest.cli import image_layers, images
from nbquest.db import migrate
from nbquest.environments.requirements import read_names
from nbquest.environments.store import BuiltEnvironment, EnvironmentStore, open_environments
from nbquest.settings import Settings
from tests.factories.hub import running_hub
from tests.factories.package_index import store, wheels, write_wheel

__all__ = ["store", "wheels"]

CODE = "import os, numpy, probe_one, sys; print(probe_one.VERSION, sys.prefix, os.access(probe_one.__file__, os.W_OK))"


def _bring(store: EnvironmentStore, name: str) -> BuiltEnvironment:
    asked = read_names([name])
    return store.build(asked, store.resolve(asked, lambda _: None), lambda _: None)


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_a_local_server_sees_what_comes_while_it_runs(empty_database_factory: Callable[[], str], wheels: Path) -> None:
    """Read-only, beside what every learner has; the ordinary kernel stays without."""
    write_wheel(wheels, "probe_one")
    url = empty_database_factory()
    migrate.upgrade(url)
    with running_hub(url, "local") as hub:
        person = hub.person()
        person.spawn()
        place = open_environments(Settings(data_dir=hub.data_dir))
        built = _bring(place, "probe_one")
        assert person.run(CODE, built.kernel).strip() == f"1.0 {built.folder} False"
        assert "ModuleNotFoundError" in person.run(CODE)
        specs = person.api("GET", f"/user/{person.name}/api/kernelspecs").json()["kernelspecs"]
        assert specs[built.kernel]["spec"]["display_name"] == "Python 3 + probe-one"


@pytest.mark.docker
@pytest.mark.slow
def test_the_image_of_containers_gets_one_layer_more(
    store: EnvironmentStore, wheels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same wheels as grading has, without a network; what is there already is not added again."""
    settings = Settings(data_dir=tmp_path, singleuser_image="nbquest/test-layers:latest", spawner="docker")
    client = docker.from_env()
    images.build("singleuser", force=False)
    client.images.get(Settings(data_dir=tmp_path).singleuser_image).tag(settings.singleuser_image)
    try:
        environments = []
        for name in ("probe_one", "probe_two"):
            write_wheel(wheels, name)
            environments.append(_bring(store, name))
        assert image_layers.add_environments(settings, store, environments[:1]) == ["Python 3 + probe-one"]
        assert image_layers.add_environments(settings, store, environments) == ["Python 3 + probe-two"]
        assert image_layers.add_environments(settings, store, environments) == []
        assert image_layers.held(client, settings.singleuser_image) == sorted(each.folder.name for each in environments)
        for built, module in zip(environments, ("probe_one", "probe_two"), strict=True):
            folder = f"/opt/environments/{built.folder.name}"
            code = f"import numpy, ipykernel_launcher, {module}, sys; print({module}.VERSION, sys.prefix)"
            said = client.containers.run(
                settings.singleuser_image, [f"{folder}/bin/python", "-c", code], network_mode="none", remove=True
            )
            assert said.decode().strip() == f"1.0 {folder}"
        said = client.containers.run(
            settings.singleuser_image,
            ["jupyter", "kernelspec", "list"],
            environment={"JUPYTER_PATH": "/opt/environments/share/jupyter"},
            network_mode="none",
            remove=True,
        ).decode()
        assert all(built.kernel in said for built in environments)
        assert images.is_current(client, settings.singleuser_image, _content(tmp_path))
    finally:
        client.images.remove(settings.singleuser_image, force=True)
        client.close()


def _content(folder: Path) -> str:
    (folder / "context").mkdir()
    return images.prepare_context(folder / "context")
