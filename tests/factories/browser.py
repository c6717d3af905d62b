"""A real Chromium, and what a learner does with it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.factories.site import REPOSITORY, RunningSite

ARTEFACTS = REPOSITORY / "test-artefacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SPAWN_MS = 300_000
# What a page does at once may take a busy machine long.
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)
PASSWORD = "a-long-enough-passphrase-27"


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run the machine's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Learner:
    """One person in one browser window. Screenshots are kept as test artefacts, numbered in the order of the story."""

    def __init__(self, browser: Browser, site: RunningSite, name: str, story: str) -> None:
        self.site = site
        self.name = name
        self.folder = ARTEFACTS / "browser" / story
        self.folder.mkdir(parents=True, exist_ok=True)
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self._pictures = 0

    def picture(self, what: str) -> Path:
        """Keep a screenshot."""
        self._pictures += 1
        path = self.folder / f"{self._pictures:02}-{what}.png"
        self.page.screenshot(path=path)
        return path

    def sign_up(self) -> None:
        """Sign up on the Hub's own form, which signs in too and starts a server of one's own."""
        self.page.goto(f"{self.site.url}/hub/signup")
        self.page.fill("input[name=username]", self.name)
        self.page.fill("input[name=signup_password]", PASSWORD)
        self.page.fill("input[name=signup_password_confirmation]", PASSWORD)
        self.picture("sign-up")
        self.page.locator("form").get_by_role("button").last.click()
        self.page.wait_for_load_state()

    def sign_in(self, password: str = PASSWORD) -> None:
        """Sign in; the Hub then starts a server of one's own."""
        self.page.goto(f"{self.site.url}/hub/login")
        self.page.fill("input[name=username]", self.name)
        self.page.fill("input[name=password]", password)
        self.picture("sign-in")
        self.page.locator("input[type=submit], button[type=submit]").first.click()

    def sign_out(self) -> None:
        """Sign out of the Hub."""
        self.page.goto(f"{self.site.url}/hub/logout")
        self.page.wait_for_load_state()

    def wait_for_lab(self) -> None:
        """Wait until one's own JupyterLab is there, with the nbquest panel in it."""
        self.page.wait_for_url(f"**/user/{self.name}/lab**", timeout=SPAWN_MS)
        expect(self.page.locator("[data-nbquest=nbquest-panel]")).to_be_visible(timeout=SPAWN_MS)

    def card(self, assignment: str):
        """Return the assignment's part of the panel."""
        return self.page.locator(f"[data-nbquest=assignment-{assignment}]")

    def press(self, assignment: str, action: str) -> None:
        """Press one of the assignment's buttons: fetch, open, validate or submit."""
        self.card(assignment).locator(f"[data-nbquest={action}]").click()

    def type_into_cells(self, sources: dict[int, str]) -> None:
        """Replace the source of the notebook's cells, by position, as one would with the keyboard."""
        notebook = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook")
        expect(notebook).to_be_visible(timeout=SPAWN_MS)
        notebook.locator(".jp-Cell").first.click()
        keyboard = self.page.keyboard
        keyboard.press("Escape")
        keyboard.press("Control+Home")
        at = 0
        for position, source in sorted(sources.items()):
            for _ in range(position - at):
                keyboard.press("j")
            at = position
            keyboard.press("Enter")
            keyboard.press("Control+a")
            keyboard.insert_text(source)
            keyboard.press("Escape")
