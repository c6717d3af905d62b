"""The panel in a real JupyterLab and a real Chromium: from fetch to result, without a reload."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.factories.browser import PATIENCE_MS, chromium
from tests.factories.service_twin import TwinAssignment, TwinCourse, TwinTest, running_twin, squares
from tests.integration.jupyter_nbquest.conftest import LOCAL_TOKEN, LearnerServer, learner_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LAB_MS = 240_000
WORK_MS = 180_000
RIGHT = "def square(x):\n    return x * x\n"
HALF = "def square(x):\n    return x + x\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def server(built_extension: None, tmp_path: Path) -> Iterator[LearnerServer]:
    """A server of each test's own: the panel is about state, so none is shared."""
    loops = TwinAssignment(
        slug="loops",
        title="Lists and loops",
        due_at=datetime.now(UTC) - timedelta(days=2),
        tests=[TwinTest(grade_id="test_loop", source="assert True", wanted="nothing-like-this")],
    )
    courses = [TwinCourse(slug="first-steps", title="First steps", assignments=[squares(), loops])]
    with running_twin(courses) as twin, learner_server(twin, tmp_path) as server:
        yield server


@pytest.fixture
def page(browser: Browser, server: LearnerServer) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{server.url}lab?token={LOCAL_TOKEN}")
    expect(at(page, "nbquest-panel")).to_be_visible(timeout=LAB_MS)
    yield page
    context.close()


def at(where: Page | Locator, name: str) -> Locator:
    return where.locator(f"[data-nbquest={name}]")


def fetch_and_open(page: Page, assignment: str = "squares") -> Locator:
    """Fetch and open an assignment; return its card."""
    card = at(page, f"assignment-{assignment}")
    at(card, "fetch").click(timeout=LAB_MS)
    expect(at(card, "open")).to_be_enabled(timeout=WORK_MS)
    at(card, "open").click()
    expect(page.locator(".jp-NotebookPanel .jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=WORK_MS)
    return card


def type_solution(page: Page, source: str) -> None:
    page.locator(".jp-CodeCell").first.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def test_from_fetch_to_all_points(page: Page, server: LearnerServer) -> None:
    server.twin.repairs = ["The test “test_square” had been edited; the original was used."]
    card = at(page, "assignment-squares")
    expect(at(card, "state")).to_have_text("Not started", timeout=LAB_MS)
    expect(at(card, "due")).to_contain_text("Due in 3 days")
    expect(at(page, "assignment-loops").locator("[data-nbquest=due]")).to_contain_text("Was due 2 days ago")
    expect(at(page, "status-xp")).to_have_text("Level 1 · 0 XP")
    expect(at(card, "fetch")).to_have_class(re.compile("nbq-main"))

    fetch_and_open(page)
    expect(at(card, "validate")).to_have_class(re.compile("nbq-main"))

    # Unsaved work is saved first, then validated and submitted.
    type_solution(page, HALF)
    at(card, "validate").click()
    validation = at(card, "validation")
    expect(validation).to_have_attribute("data-status", "not-yet", timeout=WORK_MS)
    expect(validation).to_contain_text("square(3) is 9")
    at(card, "submit").click()
    result = at(card, "result")
    expect(result).to_have_attribute("data-status", "graded", timeout=WORK_MS)
    expect(result).to_contain_text("3 of 4 points")
    expect(result).to_contain_text("1 hidden test: not yet")
    expect(at(card, "xp-gained")).to_have_text("+35 XP")
    expect(at(card, "streak")).to_contain_text("1-day streak")
    expect(at(card, "repairs")).to_contain_text("had been edited")
    expect(at(page, "status-xp")).to_have_text("Level 1 · 35 XP")

    type_solution(page, RIGHT)
    at(card, "validate").click()
    expect(validation).to_have_attribute("data-status", "passed", timeout=WORK_MS)
    expect(at(card, "submit")).to_have_class(re.compile("nbq-main"))
    at(page, "toolbar-submit").locator("button, jp-button").first.click()
    expect(result).to_contain_text("4 of 4 points", timeout=WORK_MS)
    expect(at(card, "state")).to_have_text("All points")
    expect(at(page, "status-xp")).to_have_text("Level 1 · 65 XP")
    at(card, "next-step").get_by_role("button").click()
    expect(at(page, "assignment-loops")).to_be_focused()

    # What was handed in is what was typed; and it is there again after a reload.
    [*_, last] = server.twin.notebooks.values()
    assert RIGHT.strip() in "".join(json.loads(last["squares.ipynb"])["cells"][1]["source"])
    page.reload()
    at(card, "toggle-result").click(timeout=LAB_MS)
    expect(result).to_contain_text("4 of 4 points")


def test_a_result_without_events_still_arrives(page: Page, server: LearnerServer) -> None:
    card = fetch_and_open(page)
    server.twin.send_events = False
    type_solution(page, RIGHT)
    at(card, "submit").click()
    expect(at(card, "working")).to_be_visible()
    expect(at(card, "result")).to_contain_text("4 of 4 points", timeout=WORK_MS)
    expect(at(page, "status-xp")).to_have_text("Level 1 · 65 XP")


def test_fetching_again_asks_and_keeps_the_work(page: Page, server: LearnerServer) -> None:
    card = fetch_and_open(page)
    type_solution(page, RIGHT)
    at(card, "fetch").click()
    page.get_by_role("button", name="Keep a copy and fetch").click()
    expect(at(card, "notice")).to_contain_text("is kept as", timeout=WORK_MS)
    # The open notebook shows the fresh start, and the work lies beside it.
    expect(page.locator(".jp-CodeCell").first).to_contain_text("NotImplementedError")
    [kept] = (server.root / "first-steps/squares").glob("squares (my work *).ipynb")
    assert "return x * x" in kept.read_text()


def test_late_work_is_sent_once_its_price_is_agreed_to(page: Page, server: LearnerServer) -> None:
    assignment = server.twin.find("first-steps", "squares")
    assignment.due_at = datetime.now(UTC) - timedelta(days=2)
    assignment.standing = {"penalty_percent": 10, "attempts": 2}
    page.reload()
    card = fetch_and_open(page)
    expect(at(card, "penalty")).to_have_text("Late: −10 %")
    expect(at(card, "attempts")).to_have_text("2 of 2 submissions left")
    type_solution(page, RIGHT)
    at(card, "submit").click()
    page.get_by_role("button", name="Not now").click(timeout=WORK_MS)
    expect(at(card, "working")).to_have_count(0)
    assert server.twin.submissions == {}
    at(card, "submit").click()
    page.get_by_role("button", name="Submit late, −10 %").click(timeout=WORK_MS)
    expect(at(card, "result")).to_contain_text("3.6 of 4 points", timeout=WORK_MS)
    expect(at(card, "penalty-taken")).to_have_text("Late: −10 % of 4 points.")
    expect(at(card, "attempts")).to_have_text("1 of 2 submissions left")


def test_what_can_not_be_handed_in_says_why(page: Page, server: LearnerServer) -> None:
    card = fetch_and_open(page)
    assignment = server.twin.find("first-steps", "squares")
    ready_at = (datetime.now(UTC) + timedelta(minutes=9, seconds=30)).isoformat()
    assignment.standing = {"state": "cooling-down", "next_allowed_at": ready_at}
    # The panel does not know yet: the site's refusal is told, and from then on the button knows.
    at(card, "submit").click()
    expect(at(card, "notice")).to_have_text("Arranged for a test: cooling-down.", timeout=WORK_MS)
    expect(at(card, "submit")).to_have_attribute("aria-disabled", "true")
    expect(at(card, "cooling-down")).to_contain_text("Next submission in 9 minutes")
    expect(at(card, "extended")).to_have_count(0)
    assignment.standing = {"state": "closed", "closes_at": datetime.now(UTC).isoformat(), "extended": True}
    page.reload()
    expect(at(card, "reason")).to_have_text("Arranged for a test: closed.", timeout=LAB_MS)
    expect(at(card, "submit")).to_have_attribute("title", "Arranged for a test: closed.")
    expect(at(card, "closed")).to_contain_text("Closed this minute")
    expect(at(card, "extended")).to_have_text("Extended for you")
    toolbar_button = at(page, "toolbar-submit").locator("button, jp-button").first
    expect(toolbar_button).to_have_attribute("title", "Arranged for a test: closed.", timeout=LAB_MS)
    assert server.twin.submissions == {}


def test_keyboard_alone(page: Page) -> None:
    card = at(page, "assignment-squares")
    expect(page.locator(".jp-Launcher-body")).to_be_visible(timeout=LAB_MS)  # it takes the focus once it is there
    at(card, "fetch").focus(timeout=LAB_MS)
    page.keyboard.press("Enter")
    expect(at(card, "open")).to_be_enabled(timeout=WORK_MS)
    expect(at(card, "fetch")).to_be_focused()
    at(card, "open").focus()
    page.keyboard.press("Space")
    expect(page.locator(".jp-NotebookPanel .jp-Notebook")).to_be_visible(timeout=WORK_MS)


def test_what_goes_wrong_is_told_where_it_happened(page: Page, server: LearnerServer) -> None:
    card = at(page, "assignment-squares")
    server.twin.failures["/release"] = [404]
    at(card, "fetch").click(timeout=LAB_MS)
    expect(at(card, "notice")).to_contain_text("There is nothing here", timeout=WORK_MS)
    server.twin.failures["/me"] = [500]
    page.reload()
    at(page, "retry").click(timeout=LAB_MS)
    expect(at(card, "fetch")).to_be_visible()


def test_no_course_yet_says_what_will_be_here(page: Page, server: LearnerServer) -> None:
    server.twin.courses = []
    page.reload()
    expect(at(page, "empty")).to_contain_text("Your courses will be here", timeout=LAB_MS)


def test_no_motion_for_who_asks_for_none(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('.jp-NbquestPanel *')].filter(element => {
            const style = getComputedStyle(element);
            return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
        }).length"""
    )
    assert moving == 0


def test_axe_finds_nothing(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    card = fetch_and_open(page)
    type_solution(page, HALF)
    at(card, "submit").click()
    expect(at(card, "result")).to_be_visible(timeout=WORK_MS)
    expect(at(card, "xp-gained")).to_be_visible()
    page.wait_for_function("document.getAnimations().filter(a => a.playState === 'running').length === 0")
    found = Axe().run(page, context=".jp-NbquestPanel")
    assert found.violations_count == 0, found.generate_report()


def test_what_is_saved_is_handed_in_if_that_is_ticked(page: Page, server: LearnerServer) -> None:
    """From the box, by keyboard, to the result of what the site handed in; no box where nothing is due any more."""
    card = fetch_and_open(page)
    box = at(card, "draft-wish")
    expect(box).not_to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    expect(at(card, "draft-state")).to_contain_text("The site has what you saved", timeout=WORK_MS)
    type_solution(page, RIGHT)
    page.keyboard.press("Control+s")
    squares_ = ("first-steps", "squares")
    deadline = time.monotonic() + WORK_MS / 1000
    while b"x * x" not in server.twin.drafts[squares_].get("squares.ipynb", b""):
        assert time.monotonic() < deadline, server.log.read_text()
        page.wait_for_timeout(100)
    at(page, "assignment-loops").locator("[data-nbquest=fetch]").click()
    expect(at(page, "assignment-loops").locator("[data-nbquest=open]")).to_be_enabled(timeout=WORK_MS)
    expect(at(page, "assignment-loops").locator("[data-nbquest=draft-wish]")).to_have_count(0)
    box.uncheck()
    expect(at(card, "draft-state")).to_contain_text("the site then keeps a copy")
    left = {"course": "first-steps", "assignment": "squares", "reason": "No submission is left."}
    server.twin.send_soon(1, "draft.left", left)
    expect(at(card, "notice")).to_contain_text("No submission is left.", timeout=WORK_MS)
    assert server.twin.drafts == {}
