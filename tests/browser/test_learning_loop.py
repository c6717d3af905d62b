"""The whole loop as a learner lives it, in a real Chromium, with each spawner: sign up to grade, XP and streak."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.factories.browser import PASSWORD, Learner, chromium
from tests.factories.site import REPOSITORY, RunningSite, running_site

COURSE = REPOSITORY / "courses" / "python-foundations" / "source"
ASSIGNMENT = "variables-and-types"
GRADE_MS = 180_000
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)\s*### END SOLUTION", re.DOTALL)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(
    scope="module",
    params=[pytest.param("local", marks=pytest.mark.bubblewrap), pytest.param("docker", marks=pytest.mark.docker)],
)
def site(request: pytest.FixtureRequest) -> Iterator[RunningSite]:
    if request.param == "docker":
        nbquest = str(Path(sys.executable).with_name("nbquest"))
        subprocess.run([nbquest, "images", "build"], cwd=REPOSITORY, check=True)
    with running_site(request.param) as site:
        yield site


def solutions(assignment: str) -> dict[int, str]:
    """Return the instructor's solution of each cell to fill in, by the cell's position."""
    notebook = json.loads((COURSE / assignment / f"{assignment}.ipynb").read_text())
    found = {}
    for position, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        if cell["metadata"].get("nbgrader", {}).get("solution") and SOLUTION.search(source):
            found[position] = re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", source, flags=re.MULTILINE)
    return found


def test_from_sign_up_to_grade_xp_and_streak(browser: Browser, site: RunningSite) -> None:
    ada = Learner(browser, site, f"ada-{site.spawner}", story=f"learning-loop-{site.spawner}")
    page = ada.page
    ada.sign_up()
    ada.wait_for_lab()
    ada.picture("lab")

    ada.press(ASSIGNMENT, "fetch")
    expect(ada.card(ASSIGNMENT).locator("[data-nbquest=open]")).to_be_enabled(timeout=GRADE_MS)
    ada.press(ASSIGNMENT, "open")
    wanted = solutions(ASSIGNMENT)
    assert wanted
    first, *_ = sorted(wanted)

    # One exercise first: some points, some not yet.
    ada.type_into_cells({first: wanted[first]})
    ada.picture("typed")
    ada.press(ASSIGNMENT, "submit")
    result = page.locator("[data-nbquest=result]")
    expect(result).to_have_attribute("data-status", re.compile("graded|error-in-cell"), timeout=GRADE_MS)
    status = page.locator("[data-nbquest=status-xp]")
    expect(status).to_contain_text(re.compile(r"[1-9][\d,]* XP"))
    some = xp(page)
    ada.picture("part-graded")

    # Then all of it.
    ada.type_into_cells(wanted)
    ada.press(ASSIGNMENT, "validate")
    ada.picture("validated")
    ada.press(ASSIGNMENT, "submit")
    expect(result).to_have_attribute("data-full", "true", timeout=GRADE_MS)
    expect(result).to_have_attribute("data-status", "graded")
    expect(result.locator("[data-nbquest=xp-gained]")).to_contain_text("XP")
    expect(page.locator("[data-nbquest=streak]").first).to_contain_text("1")
    ada.picture("graded")
    expect(status).not_to_contain_text(f" {some} XP")
    assert xp(page) > some

    # The same is on the pages of the web service.
    page.goto(f"{site.url}/services/nbquest/")
    expect(page.locator("body")).to_contain_text("Full marks")
    ada.picture("home")


def xp(page) -> int:
    """Return the XP that the status bar shows."""
    text = page.locator("[data-nbquest=status-xp]").inner_text()
    return int(re.search(r"([\d,]+)\s*XP", text)[1].replace(",", ""))


def test_two_learners_do_not_see_each_others_grades(browser: Browser, site: RunningSite) -> None:
    """A result belongs to the one who handed it in and to the course's instructors."""
    ada_name = f"ada-{site.spawner}"
    ben = Learner(browser, site, f"ben-{site.spawner}", story=f"two-learners-{site.spawner}")
    ben.sign_up()
    ben.wait_for_lab()
    ben.page.goto(f"{site.url}/services/nbquest/")
    expect(ben.page.locator("body")).not_to_contain_text(ada_name)
    answer = ben.page.request.get(f"{site.url}/services/nbquest/api/submissions?person={ada_name}")
    assert answer.status == 403 or answer.json()["items"] == []

    instructor = Learner(browser, site, "demo-instructor", story=f"instructor-{site.spawner}")
    instructor.sign_in(site.password("demo-instructor"))
    instructor.wait_for_lab()
    instructor.page.goto(f"{site.url}/services/nbquest/instruct/python-foundations")
    expect(instructor.page.locator("body")).to_contain_text(ada_name)
    instructor.picture("submissions")
    items = instructor.page.request.get(
        f"{site.url}/services/nbquest/api/submissions?course=python-foundations&person={ada_name}"
    ).json()["items"]
    assert items
    for item in items:
        forbidden = ben.page.request.get(f"{site.url}/services/nbquest/api/submissions/{item['id']}")
        assert forbidden.status in {403, 404}
        allowed = instructor.page.request.get(f"{site.url}/services/nbquest/api/submissions/{item['id']}")
        assert allowed.status == 200


def test_a_wrong_password_locks_out_for_a_while(browser: Browser, site: RunningSite) -> None:
    eve = Learner(browser, site, f"eve-{site.spawner}", story=f"lock-out-{site.spawner}")
    eve.sign_up()
    eve.wait_for_lab()
    eve.sign_out()
    for _ in range(6):
        eve.sign_in("not-the-passphrase")
        eve.page.wait_for_load_state()
    eve.sign_in(PASSWORD)
    eve.page.wait_for_load_state()
    assert "/hub/login" in eve.page.url
    expect(eve.page.locator("body")).to_contain_text(re.compile("minute|later|again", re.IGNORECASE))
    eve.picture("locked-out")
