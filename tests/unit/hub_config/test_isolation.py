"""The choice of where learners' servers run."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub_config import isolation
from hub_config.isolation import NoIsolation, choose_spawner
from nbquest.settings import Settings


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no engine answers."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")


def settings(**values: object) -> Settings:
    return Settings.model_validate({"spawner": "auto", **values})


def test_without_docker_and_learner_environment_it_refuses_and_says_what_to_do(no_docker: None, tmp_path: Path) -> None:
    with pytest.raises(NoIsolation) as caught:
        choose_spawner(settings(learner_environment=tmp_path))
    assert "no Docker engine answers" in caught.value.message
    assert "script/bootstrap" in caught.value.message
    assert caught.value.code == "no-isolation"


def test_insecure_is_the_last_resort_and_says_so(no_docker: None, tmp_path: Path) -> None:
    choice = choose_spawner(settings(learner_environment=tmp_path, insecure=True))
    assert choice.kind == "insecure"
    assert "UNISOLATED" in choice.reason


@pytest.mark.bubblewrap
def test_insecure_does_not_give_up_an_isolation_that_is_to_be_had(no_docker: None) -> None:
    assert choose_spawner(settings(insecure=True)).kind == "local"


@pytest.mark.bubblewrap
def test_auto_takes_bubblewrap_where_no_engine_answers(no_docker: None) -> None:
    choice = choose_spawner(settings())
    assert choice.kind == "local"
    assert choice.reason == "No Docker engine answers; bubblewrap works here."


def test_docker_that_is_asked_for_is_never_replaced(no_docker: None) -> None:
    with pytest.raises(NoIsolation, match="Docker is set as the spawner, but no Docker engine answers"):
        choose_spawner(settings(spawner="docker"))


@pytest.mark.docker
def test_a_missing_image_names_the_command_that_builds_it() -> None:
    problem = isolation.docker_problem(settings(singleuser_image="nbquest/nonexistent:none"))
    assert problem is not None
    assert "nbquest images build" in problem
