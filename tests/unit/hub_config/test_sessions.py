"""Which token a running server works with, also after the Hub was started anew."""

from __future__ import annotations

import types

import pytest
from jupyterhub import orm
from sqlalchemy.orm import Session

from hub_config.docker_spawner import ContainerSpawner
from hub_config.sessions import server_token_id


@pytest.fixture
def db() -> Session:
    """The Hub's tables, in memory, with the client that all tokens belong to."""
    session: Session = orm.new_session_factory("sqlite:///:memory:")()
    session.add_all([orm.OAuthClient(identifier="jupyterhub"), orm.User(name="ada")])
    session.commit()
    return session


def test_a_container_that_outlives_the_hub_keeps_its_token(db: Session) -> None:
    user = db.query(orm.User).one()
    user.new_api_token(note="Server at /user/ada/", scopes=[])
    ada = types.SimpleNamespace(name="ada", id=user.id, settings={})
    before = ContainerSpawner(db=db, user=ada, api_token=user.new_api_token(note="Server at /user/ada/", scopes=[]))
    number = server_token_id(db, before)
    assert number == 2

    after = ContainerSpawner(db=db, user=ada)  # of the next Hub, which was told no token
    after.load_state(before.get_state())
    assert server_token_id(db, after) == number
    assert after.get_state()["token_id"] == number
    after.clear_state()
    assert server_token_id(db, after) is None


def test_a_server_that_does_not_run_has_no_token(db: Session) -> None:
    assert server_token_id(db, ContainerSpawner(db=db)) is None
