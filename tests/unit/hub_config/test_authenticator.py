"""The count of wrong passwords, also when many come at once."""

from __future__ import annotations

import asyncio

import pytest
from jupyterhub import orm

from hub_config import authenticator
from hub_config.authenticator import FAILED_TRIES, SiteAuthenticator

PASSWORD = "seven quiet otters"


@pytest.fixture
def accounts() -> SiteAuthenticator:
    """An authenticator with one account, on a database in memory."""
    db = orm.new_session_factory("sqlite:///:memory:")()
    made = SiteAuthenticator(_deprecated_db_session=db, allowed_failed_logins=FAILED_TRIES, seconds_before_next_try=300)
    made.sign_up("ada", PASSWORD)
    return made


def test_of_guesses_sent_at_once_only_the_allowed_ones_are_checked(
    accounts: SiteAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    fits = authenticator._fits

    def counted(password: str, stored: bytes) -> bool:
        checked.append(password)
        return len(checked) <= FAILED_TRIES and fits(password, stored)  # more needn't take their time too

    monkeypatch.setattr(authenticator, "_fits", counted)

    async def guess() -> list[bool]:
        return await asyncio.gather(*(accounts.is_password_of("ada", f"guess number {n}") for n in range(200)))

    assert not any(asyncio.run(guess()))
    assert len(checked) <= FAILED_TRIES
    assert accounts.locked_seconds("ada") > 0


def test_the_right_password_takes_its_own_try_back(accounts: SiteAuthenticator) -> None:
    for _ in range(FAILED_TRIES + 1):
        assert asyncio.run(accounts.is_password_of("ada", PASSWORD))
    assert accounts.locked_seconds("ada") == 0
