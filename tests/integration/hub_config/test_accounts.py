"""Sign-up, sign-in and passwords, over HTTP at a real Hub."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from hub_config.authenticator import FAILED_TRIES, read_accounts
from nbquest.db import migrate
from nbquest.errors import SettingsError
from nbquest.identity.api import get_or_create_person
from tests.factories.hub import PASSWORD, Person, RunningHub, problem_of, running_hub

pytestmark = pytest.mark.bubblewrap  # the Hub refuses to start where it can't isolate


def test_a_newcomer_signs_up_and_is_on_the_way_to_a_lab(hub: RunningHub) -> None:
    person = Person(hub=hub, name="newcomer")
    answer = person.sign_up()
    assert answer.status_code == 302
    assert answer.headers["location"] == "/hub/spawn"
    assert "newcomer" in person.http.get("/hub/home").text


def test_signing_in_again_works_with_the_same_words_typed_in_capitals(hub: RunningHub) -> None:
    hub.person("again")
    person = Person(hub=hub, name="Again ")
    assert person.sign_in().status_code == 302


@pytest.mark.parametrize(
    ("name", "password", "confirmation", "says"),
    [
        ("ab", PASSWORD, PASSWORD, "3 to 32 characters"),
        ("a b c", PASSWORD, PASSWORD, "without spaces"),
        ("admin", PASSWORD, PASSWORD, "reserved"),
        ("shorty", "short", "short", "at least 10 characters"),
        ("mismatch", PASSWORD, PASSWORD + "x", "passwords differ"),
        ("common", "password1234", "password1234", "attacker would try"),
        ("toolong", "0123456789abcdef" * 5, "0123456789abcdef" * 5, "at most 72"),
        ("<b>ada</b>", PASSWORD, PASSWORD, "begins with a letter"),
    ],
)
def test_a_refused_sign_up_says_what_to_do(
    hub: RunningHub, name: str, password: str, confirmation: str, says: str
) -> None:
    answer = Person(hub=hub, name=name, password=password).sign_up(confirmation)
    assert answer.status_code == 422
    assert says in problem_of(answer)
    assert f'value="{password}"' not in answer.text
    assert "<b>" not in answer.text


def test_nobody_signs_up_under_a_name_that_exists(hub: RunningHub) -> None:
    hub.person("taken")
    answer = Person(hub=hub, name="TAKEN", password="another long one").sign_up()
    assert answer.status_code == 409
    assert "taken" in problem_of(answer)
    assert Person(hub=hub, name="taken", password="another long one").sign_in().status_code == 403


@pytest.mark.parametrize("name", ["prof-newton", "once-here"])
def test_nobody_signs_up_under_a_name_that_the_courses_know(hub: RunningHub, name: str) -> None:
    """A role given ahead of the account, and the marks of a deleted user, are not for whoever comes first."""
    engine = create_engine(hub.environment["NBQUEST_DATABASE_URL"])
    with Session(engine) as session, session.begin():
        get_or_create_person(session, name)
    engine.dispose()
    answer = Person(hub=hub, name=f" {name.upper()}").sign_up()
    assert answer.status_code == 409
    assert f"The user name {name} is taken. Choose another one, or sign in if it is yours." in problem_of(answer)
    assert Person(hub=hub, name=name).sign_in().status_code == 403


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(hub: RunningHub) -> None:
    hub.person("known")
    wrong = Person(hub=hub, name="known", password="not this one, no").sign_in()
    unknown = Person(hub=hub, name="unknown", password="not this one, no").sign_in()
    assert wrong.status_code == unknown.status_code == 403
    assert problem_of(wrong) == problem_of(unknown) != ""


@pytest.mark.parametrize("password", ["", "x" * 100, "nul\0byte in here"])
def test_odd_passwords_are_only_wrong(hub: RunningHub, password: str) -> None:
    hub.person(f"odd-{len(password)}")
    assert Person(hub=hub, name=f"odd-{len(password)}", password=password).sign_in().status_code in (400, 403)


def test_after_failed_tries_even_the_right_password_waits(hub: RunningHub) -> None:
    hub.person("guessed")
    for _ in range(FAILED_TRIES):
        Person(hub=hub, name="guessed", password="a guess of mine").sign_in()
    answer = Person(hub=hub, name="guessed").sign_in()
    assert answer.status_code == 403
    assert "Too many tries" in problem_of(answer)
    assert "Wait 5 minutes" in problem_of(answer)
    assert Person(hub=hub, name="known-other").sign_up().status_code == 302


def test_a_password_in_the_address_is_not_read(hub: RunningHub) -> None:
    hub.person("address")
    person = Person(hub=hub, name="address")
    answer = person.submit("/hub/login", username="address")
    assert answer.status_code == 403
    page = person.http.get("/hub/login")
    token = page.text.split('name="_xsrf" value="')[1].split('"')[0]
    answer = person.http.post(f"/hub/login?username=address&password={PASSWORD}", data={"_xsrf": token})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/hub/signup", "/hub/login"])
def test_a_form_without_its_token_is_refused(hub: RunningHub, path: str) -> None:
    person = Person(hub=hub, name="forged")
    fields = {"username": "forged", "signup_password": PASSWORD, "signup_password_confirmation": PASSWORD}
    answer = person.http.post(path, data=fields | {"password": PASSWORD}, headers={"Sec-Fetch-Mode": "navigate"})
    assert answer.status_code == 403
    assert person.sign_in().status_code == 403  # no account was made


def test_a_changed_password_signs_other_browsers_out(hub: RunningHub) -> None:
    person = hub.person("changer")
    elsewhere = Person(hub=hub, name="changer")
    elsewhere.sign_in()
    new = "eight loud herons"
    fields = {"new_password": new, "new_password_confirmation": new}
    assert person.submit("/hub/change-password", old_password="not the one, no", **fields).status_code == 422
    assert person.submit("/hub/change-password", old_password=PASSWORD, **fields).status_code == 200
    assert person.http.get("/hub/home").status_code == 200
    assert elsewhere.http.get("/hub/home").status_code == 302
    assert Person(hub=hub, name="changer").sign_in().status_code == 403
    assert Person(hub=hub, name="changer", password=new).sign_in().status_code == 302


def test_a_changed_password_ends_tokens_but_not_the_running_server(hub: RunningHub) -> None:
    person = hub.person("robbed")
    person.spawn()
    stolen = person.make_token()
    posing = person.api("POST", "/hub/api/users/robbed/tokens", json={"note": "Server at /user/robbed/"}).json()[
        "token"
    ]
    assert person.run("print(1)") == "1\n"
    new = "eight loud herons"
    fields = {"old_password": PASSWORD, "new_password": new, "new_password_confirmation": new}
    assert person.submit("/hub/change-password", **fields).status_code == 200
    for token in (stolen, posing):
        headers = {"Authorization": f"token {token}"}
        assert httpx.get(f"{hub.url}/hub/api/user", headers=headers).status_code == 403
    person.token = ""  # a new one
    assert person.is_ready()
    asks_the_hub = """
        import os, urllib.request
        url, token = os.environ["JUPYTERHUB_API_URL"], os.environ["JUPYTERHUB_API_TOKEN"]
        request = urllib.request.Request(url + "/user", headers={"Authorization": "token " + token})
        print(urllib.request.urlopen(request).status)
        """
    assert person.run(textwrap.dedent(asks_the_hub)) == "200\n"
    person.stop_server()


def test_only_an_administrator_sets_the_password_of_another(hub: RunningHub) -> None:
    hub.person("victim")
    person = hub.person("attacker")
    assert person.http.get("/hub/change-password/victim").status_code in (403, 404)


@pytest.mark.parametrize("path", ["/hub/authorize", "/hub/authorize/victim", "/hub/discard/victim", "/hub/confirm/x"])
def test_pages_that_change_accounts_on_a_get_are_gone(hub: RunningHub, path: str) -> None:
    assert hub.person().http.get(path).status_code == 404


@pytest.fixture
def accounts_file(tmp_path: Path) -> Path:
    """A demo accounts file as the supervisor writes it."""
    file = tmp_path / "accounts.json"
    entries = [
        {"name": "demo-teacher", "password": "generated-for-teacher", "admin": True},
        {"name": "demo-learner", "password": "generated-for-learner", "admin": False},
    ]
    file.write_text(json.dumps(entries))
    file.chmod(0o600)
    return file


def test_demo_accounts_are_made_and_never_taken_over(
    empty_database_factory: Callable[[], str], accounts_file: Path
) -> None:
    url = empty_database_factory()
    migrate.upgrade(url)
    with running_hub(url, "local") as hub:
        # Somebody knows what demo accounts are called and is first to sign up.
        early = hub.person("demo-teacher")
        hub.stop()
        hub.environment["NBQUEST_DEMO_ACCOUNTS_FILE"] = str(accounts_file)
        hub.start()
        assert Person(hub=hub, name="demo-learner", password="generated-for-learner").sign_in().status_code == 302
        assert early.http.get("/hub/home").status_code == 200  # still signed in, with their own password
        assert early.api("GET", "/hub/api/user").json()["admin"] is False


def test_a_demo_administrator_is_one_and_sets_passwords(
    empty_database_factory: Callable[[], str], accounts_file: Path
) -> None:
    url = empty_database_factory()
    migrate.upgrade(url)
    settings = {"demo_accounts_file": str(accounts_file), "open_signup": "false"}
    with running_hub(url, "local", **settings) as hub:
        teacher = Person(hub=hub, name="demo-teacher", password="generated-for-teacher")
        assert teacher.sign_in().status_code == 302
        assert teacher.api("GET", "/hub/api/user").json()["admin"] is True
        stranger = Person(hub=hub, name="stranger")
        assert "Sign-up is closed" in stranger.http.get("/hub/signup").text
        assert teacher.api("POST", "/hub/api/users/stranger").status_code == 201
        fields = {"new_password": PASSWORD, "new_password_confirmation": PASSWORD}
        assert teacher.submit("/hub/change-password/stranger", **fields).status_code == 200
        assert stranger.sign_in().status_code == 302

        stolen = stranger.make_token()
        again = {"new_password": "eight loud herons", "new_password_confirmation": "eight loud herons"}
        assert teacher.submit("/hub/change-password/stranger", **again).status_code == 200
        assert stranger.http.get("/hub/home").status_code == 302
        headers = {"Authorization": f"token {stolen}"}
        assert httpx.get(f"{hub.url}/hub/api/user", headers=headers).status_code == 403
        assert teacher.http.get("/hub/home").status_code == 200
        assert teacher.submit("/hub/change-password/demo-teacher", **again).status_code == 200
        assert teacher.http.get("/hub/home").status_code == 200  # the browser it was done in stays


def test_an_accounts_file_that_others_can_read_is_refused(accounts_file: Path) -> None:
    accounts_file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_accounts(accounts_file)
