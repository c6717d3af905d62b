"""Names and passwords of accounts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config import accounts

COMMON = frozenset(["password", "qwerty", "iloveyou123", "letmein"])


@pytest.mark.parametrize("name", ["ada", "ada-lovelace", "a_1", "x" * 32, "demo-learner"])
def test_a_good_name_has_no_problem(name: str) -> None:
    assert accounts.name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Choose a user name"),
        ("ab", "3 to 32 characters; this one has 2"),
        ("x" * 33, "this one has 33"),
        ("1ada", "begins with a letter"),
        ("-ada", "begins with a letter"),
        ("ünal", "begins with a letter"),
        ("ada lovelace", "without spaces"),
        ("ada/../root", "lowercase letters"),
        ("ada\n", "lowercase letters"),
        ("adä", "without spaces or accents"),
        ("ada.b", "lowercase letters"),
        ("a%2fb", "lowercase letters"),
    ],
)
def test_a_bad_name_is_refused_with_what_to_do(name: str, says: str) -> None:
    assert says in (accounts.name_problem(name) or "")


@given(st.text())
def test_a_name_without_problem_is_safe_in_paths_and_addresses(text: str) -> None:
    name = accounts.normalize_name(text)
    if accounts.name_problem(name) is None:
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_name_is_normalised_to_lower_case_without_blanks_around() -> None:
    assert accounts.normalize_name("  Ada ") == "ada"


def test_names_that_speak_for_the_site_are_reserved() -> None:
    assert accounts.reserved_problem("admin")
    assert accounts.reserved_problem("ada") is None


@pytest.mark.parametrize("password", ["seven quiet otters", "żółta kaczka 12", "0123456789abcdef" * 4])
def test_a_good_password_has_no_problem(password: str) -> None:
    assert accounts.password_problem(password, "ada", COMMON) is None


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "at least 10 characters"),
        ("x" * 73, "at most 72"),
        ("é" * 40, "at most 72"),
        ("tab\tin the middle", "control characters"),
        ("nul\0in the middle", "control characters"),
        ("i am ada lovelace", "does not contain your user name"),
        ("aaaaaaaaaaaa", "first that an attacker would try"),
        ("ILoveYou123", "first that an attacker would try"),
        ("Password2026!", "first that an attacker would try"),
    ],
)
def test_a_bad_password_is_refused_with_what_to_do(password: str, says: str) -> None:
    assert says in (accounts.password_problem(password, "ada", COMMON) or "")
