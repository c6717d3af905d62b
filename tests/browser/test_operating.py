"""What administrators and instructors do about the queue and about extensions, in a real Chromium, by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from grader.grading import GraderOptions
from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.db import migrate
from nbquest.db.engine import session_scope
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.jobs.workers import tell_worker
from nbquest.submissions import api as submissions
from nbquest.submissions.models import AttemptRow
from tests.factories.browser import ARTEFACTS, PATIENCE_MS, chromium
from tests.factories.courses import squares_source, squares_submission, write_course
from tests.integration.nbquest.web.running import COOKIE, PREFIX, RunningService, fresh_name, running_service

pytestmark = [pytest.mark.browser]


@dataclass(frozen=True)
class Operated:
    """A service with a course in Berlin that is taught by `teacher`, and a worker."""

    service: RunningService
    browser: Browser

    def set_aside(self, reason: str) -> UUID:
        """Hand in something that could not be graded."""
        with session_scope(self.service.engine) as session:
            made = submissions.submit(
                session,
                self.service.blobs,
                person=fresh_name(),
                course="squares",
                assignment="first",
                notebooks={"squares.ipynb": squares_submission()},
                key=str(uuid4()),
            )
            query = select(AttemptRow.id).where(AttemptRow.submission_id == made.id)
            submissions.record_failure(session, session.scalars(query).one(), reason)
        return made.id

    def state(self, submission: UUID) -> str:
        """Return its state."""
        with session_scope(self.service.engine) as session:
            return submissions.get_submission(session, submission).state

    def live(self) -> None:
        """Let the worker tell of itself."""
        with session_scope(self.service.engine) as session:
            tell_worker(session, UUID(int=1), slots=4, queues=["grading"], started_at=utc_now() - timedelta(hours=5))

    def sign_in(self, name: str, *, width: int = 1280, scheme: str = "light") -> BrowserContext:
        """Return a window of this person's, far from Berlin."""
        context = self.browser.new_context(
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
            timezone_id="America/New_York",
        )
        context.set_default_timeout(PATIENCE_MS)
        token = self.service.hub.add_user(name, admin=name == "root")
        sealed = self.service.app.state.site.sealer.seal(token, purpose="token")
        context.add_cookies([{"name": COOKIE, "value": sealed, "domain": "127.0.0.1", "path": PREFIX}])
        return context

    def open(self, context: BrowserContext, path: str) -> Page:
        """Open a page."""
        page = context.new_page()
        page.goto(self.service.origin + PREFIX + path)
        expect(page.locator("h1")).to_be_visible()
        return page


def picture(page: Page, what: str) -> None:
    """Keep a screenshot of the whole page as a test artefact."""
    folder = ARTEFACTS / "operating"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{what}.png", full_page=True)


@pytest.fixture(scope="module")
def operated(empty_database_factory: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    url = empty_database_factory()
    migrate.upgrade(url)
    engine = sqlalchemy.create_engine(url)
    blobs = MemoryBlobStore()
    manifest = f"""
        title = "Python foundations"
        time_zone = "Europe/Berlin"
        [policy]
        late_until = "1 week"
        penalties = [{{ after = "0 days", percent = 20 }}]
        attempts = 3
        [[assignments]]
        slug = "first"
        title = "Functions"
        due = {utc_now() + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}
    """
    with session_scope(engine) as session:
        folder: Path = tmp_path_factory.mktemp("course") / "squares"
        path = write_course(folder, {"first/squares.ipynb": squares_source()}, manifest)
        courses.publish_course(session, blobs, path, publisher="teacher", grader_options=GraderOptions())
        identity.set_course_role(session, "ada", "squares", "learner")
    with chromium() as browser, running_service(engine, blobs) as service:
        yield Operated(service, browser)
    engine.dispose()


def test_the_queue_keeps_itself_up_to_date(operated: Operated) -> None:
    """What comes is shown and said, without losing where the reader is; so is what is well again."""
    operated.live()
    first = operated.set_aside("The sandbox did not start.")
    context = operated.sign_in("root")
    page = operated.open(context, "operate/queue")
    expect(page.get_by_text("The sandbox did not start.")).to_be_visible()
    button = page.locator(f"#again-{first}")
    button.focus()
    second = operated.set_aside("It ran out of memory.")
    expect(page.get_by_text("It ran out of memory.")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("2 submissions could not be graded.")
    expect(button).to_be_focused()
    picture(page, "queue-1280-light")
    with session_scope(operated.service.engine) as session:
        assert submissions.retry_set_aside(session, [first]) == 1
    expect(page.locator(f"#again-{first}")).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()
    with session_scope(operated.service.engine) as session:
        submissions.retry_set_aside(session, [second])
    operated.live()
    expect(page.get_by_role("heading", name="Nothing is set aside")).to_be_visible()
    expect(page.get_by_text("No submission waits.")).to_have_count(0)
    context.close()


def test_grading_again_by_keyboard_on_a_phone(operated: Operated) -> None:
    """One, then all the others; what was done is said once."""
    operated.live()
    held = [operated.set_aside(f"Reason {number}.") for number in range(3)]
    context = operated.sign_in("root", width=390, scheme="dark")
    page = operated.open(context, "operate/queue")
    picture(page, "queue-390-dark")
    page.locator(f"#again-{held[1]}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 submission put back into the queue.")
    assert page.url == f"{operated.service.origin}{PREFIX}operate/queue"
    assert [operated.state(one) for one in held] == ["could-not-grade", "queued", "could-not-grade"]
    page.get_by_role("button", name="Grade all 2 again").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_contain_text("2 submissions put back into the queue.")
    expect(page.get_by_role("heading", name="Nothing is set aside")).to_be_visible()
    assert [operated.state(one) for one in held] == ["queued"] * 3
    context.close()


def test_an_instructor_grades_again_from_their_course(operated: Operated) -> None:
    operated.live()
    held = operated.set_aside("The grader went away.")
    context = operated.sign_in("teacher", width=390)
    page = operated.open(context, "instruct/squares")
    expect(page.get_by_role("heading", name="Could not be graded")).to_be_visible()
    picture(page, "instructor-390-light")
    page.locator(f"#again-{held}").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 submission put back into the queue.")
    expect(page.get_by_role("heading", name="Could not be graded")).to_have_count(0)
    assert operated.state(held) == "queued"
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_an_extension_is_given_and_taken_away(operated: Operated, width: int, scheme: str) -> None:
    """Typed and shown by the course's clocks, wherever the browser is; the learner sees it."""
    context = operated.sign_in("teacher", width=width, scheme=scheme)
    page = operated.open(context, "instruct/squares")
    page.get_by_role("link", name="Extensions").press("Enter")
    expect(page.get_by_text("by the clocks of Europe/Berlin, the course’s time zone")).to_be_visible()
    page.get_by_label("Learner’s user name").fill("ada")
    page.get_by_label("Due date").fill("1999-07-01T23:59")
    page.get_by_label("Why").fill("Ill")
    page.get_by_role("button", name="Give it").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("for everybody; an extension must be later.")
    expect(page.get_by_label("Learner’s user name")).to_have_value("ada")
    page.get_by_label("Due date").fill("2099-07-01T23:59")
    page.get_by_label("Take nothing off for being late").press("Space")
    page.get_by_label("Why").press("Tab")
    expect(page.get_by_role("button", name="Give it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Given to ada.")
    newest = page.locator(".held").first
    expect(newest).to_contain_text("due Wed 01 Jul 2099, 23:59 Europe/Berlin")
    expect(newest).to_contain_text("given by teacher")
    picture(page, f"extensions-{width}-{scheme}")
    learner = operated.sign_in("ada")
    shown = operated.open(learner, "courses/squares")
    expect(shown.get_by_text("extended for you")).to_be_visible()
    newest.locator("summary").press("Enter")
    newest.get_by_role("button", name="Take it away").press("Enter")
    expect(page.locator(".held").first).to_contain_text("taken away by teacher")
    shown.reload()
    expect(shown.get_by_text("extended for you")).to_have_count(0)
    learner.close()
    context.close()
