"""Signing in and out in a browser, and what other sites can't do with it."""

from __future__ import annotations

from http.cookies import SimpleCookie

import httpx
import pytest

from tests.integration.nbquest.web.running import (
    COOKIE,
    PAGE,
    PREFIX,
    RunningService,
    begin_sign_in,
    error_of,
    finish_sign_in,
    fresh_name,
    hand_in,
    running_service,
    submissions_path,
)


def _set_cookies(answer: httpx.Response) -> SimpleCookie:
    cookies: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        cookies.load(header)
    return cookies


def test_signing_in_leads_back_to_the_page_that_was_wanted(service: RunningService) -> None:
    """The token stays sealed in a cookie that no script reads and no other site's form brings along."""
    client = service.client()
    token = service.hub.add_user(name := fresh_name())
    answer = finish_sign_in(client, service.hub, token, "courses/squares?from=mail")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{PREFIX}courses/squares?from=mail"
    cookie = _set_cookies(answer)[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "lax"
    assert cookie["path"] == PREFIX
    assert not cookie["secure"]
    assert token not in cookie.value
    page = client.get("", headers=PAGE)
    assert page.status_code == 200
    assert name in page.text
    assert client.get("api/me").json()["person"]["name"] == name


def test_behind_https_the_cookies_are_secure(service: RunningService) -> None:
    """Also where a proxy in front of the Hub's ends the encryption."""
    answer = service.client().get("", headers={**PAGE, "X-Forwarded-Proto": "https,http"})
    (attempt,) = _set_cookies(answer).values()
    assert attempt["secure"]
    assert attempt["httponly"]
    assert attempt["max-age"] == "600"


def test_a_callback_that_this_browser_did_not_ask_for_is_refused(service: RunningService) -> None:
    """Another state, another browser, no code, the Hub's refusal: no cookie, and a page that says what to do."""
    client = service.client()
    token = service.hub.add_user(fresh_name())
    state, challenge = begin_sign_in(client)
    code = service.hub.add_code(token, challenge)
    for query in (
        {"code": code, "state": "another"},
        {"code": code},
        {"state": state},
        {"state": state, "error": "access_denied"},
        {},
    ):
        answer = client.get("oauth_callback", params=query, headers=PAGE)
        assert answer.status_code == 400
        assert "Please start again" in answer.text
        assert COOKIE not in _set_cookies(answer)
        assert error_of(client.get("oauth_callback", params=query), 400)["code"] == "sign-in-failed"
    other = service.client().get("oauth_callback", params={"code": code, "state": state})
    assert error_of(other, 400)["code"] == "sign-in-failed"
    assert client.get("oauth_callback", params={"code": code, "state": state}).status_code == 302


def test_a_code_of_somebody_elses_attempt_is_refused(service: RunningService) -> None:
    """PKCE binds the code to the browser that began; a code counts once."""
    client, token = service.client(), service.hub.add_user(fresh_name())
    state, _ = begin_sign_in(client)
    _, foreign = begin_sign_in(service.client())
    answer = client.get("oauth_callback", params={"code": service.hub.add_code(token, foreign), "state": state})
    assert error_of(answer, 400)["code"] == "sign-in-failed"
    state, challenge = begin_sign_in(client)
    query = {"code": service.hub.add_code(token, challenge), "state": state}
    assert client.get("oauth_callback", params=query).status_code == 302
    assert error_of(client.get("oauth_callback", params=query), 400)["code"] == "sign-in-failed"


def test_several_windows_can_sign_in_at_once(service: RunningService) -> None:
    """Each attempt has a cookie of its own."""
    client, token = service.client(), service.hub.add_user(fresh_name())
    begun = [begin_sign_in(client, path) for path in ("", "courses/squares")]
    for (state, challenge), path in zip(begun, ("", "courses/squares"), strict=True):
        query = {"code": service.hub.add_code(token, challenge), "state": state}
        assert client.get("oauth_callback", params=query).headers["location"] == PREFIX + path


def test_a_person_without_access_can_not_sign_in(service: RunningService) -> None:
    """Known to the Hub, but not let into this service."""
    client = service.client()
    answer = finish_sign_in(client, service.hub, service.hub.add_user(fresh_name(), scopes=()))
    assert error_of(answer, 403)["code"] == "access-denied"
    assert COOKIE not in client.cookies


FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "{own}"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "{own}.evil.example"},
    {},
)


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_sites_request_changes_nothing(service: RunningService, headers: dict[str, str]) -> None:
    """The cookie alone does not submit, and does not sign out; where a browser tells no origin neither."""
    browser = service.browser(fresh_name())
    told = {name: value.replace("{own}", service.origin) for name, value in headers.items()}
    answer = browser.post(submissions_path(), json=hand_in(), headers={**told, "Accept": "*/*"})
    assert error_of(answer, 403)["code"] == "foreign-origin"
    answer = browser.post("logout", headers={**told, "Accept": "*/*"})
    assert error_of(answer, 403)["code"] == "foreign-origin"
    assert browser.get("api/submissions").json()["items"] == []


def test_our_own_pages_requests_are_carried_out(service: RunningService) -> None:
    """By the browser's word on where it comes from; older browsers' by their Origin. A token in a header needs none."""
    browser = service.browser(name := fresh_name())
    for told in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": service.origin}):
        assert browser.post(submissions_path(), json=hand_in(), headers=told).status_code == 202
    assert service.api(name).post(submissions_path(), json=hand_in(), headers=FOREIGN[0]).status_code == 202


def test_signing_out_forgets_and_lets_the_hub_end_the_session(service: RunningService) -> None:
    """A link can't do it, the form does; the token is asked about anew."""
    browser = service.browser(fresh_name())
    page = browser.get("logout")
    assert (page.status_code, "Sign out?" in page.text) == (200, True)
    assert browser.get("").status_code == 200
    answer = browser.post("logout", headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/hub/logout")
    assert _set_cookies(answer)[COOKIE]["max-age"] == "0"
    assert COOKIE not in browser.cookies
    assert browser.get("").status_code == 302


def test_a_token_that_the_hub_revoked_stops_to_count(service: RunningService) -> None:
    """Within the minute that an answer is kept; at once after the browser's session at the Hub changed."""
    client = service.client()
    token = service.hub.add_user(fresh_name())
    finish_sign_in(client, service.hub, token)
    assert client.get("", headers=PAGE).status_code == 200
    service.hub.tokens.pop(token)
    client.cookies.set("jupyterhub-session-id", "another")
    assert client.get("", headers=PAGE).status_code == 302


def test_while_the_hub_is_away_people_are_told_to_wait(service: RunningService) -> None:
    """503, not a sign-in that would fail; afterwards all is as it was."""
    with running_service(service.engine, service.blobs, keep_seconds=0.0) as other:
        browser = other.browser(fresh_name())
        other.hub.down = True
        error = error_of(browser.get("api/me"), 503)
        assert error["code"] == "hub-unreachable"
        page = browser.get("")
        assert (page.status_code, "Back in a moment" in page.text) == (503, True)
        other.hub.down = False
        assert browser.get("").status_code == 200


def test_the_hub_is_not_asked_at_each_request(service: RunningService) -> None:
    """Its answer is kept for a minute."""
    client = service.api(fresh_name())
    client.get("api/me")
    asked = service.hub.asked
    for _ in range(3):
        assert client.get("api/me").status_code == 200
    assert service.hub.asked == asked
