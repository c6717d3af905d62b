"""The site's pages in a real Chromium: readable by everyone, light and dark, wide and narrow; feedback runs nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from grader.certificate import Certificate, Policy, Reason
from grader.grading import GradeOutcome, GraderOptions
from grader.report import CellResult, CellStatus
from nbquest.clock import utc_now
from nbquest.courses import api as courses
from nbquest.courses.models import CourseRow
from nbquest.db import migrate
from nbquest.db.engine import session_scope
from nbquest.files.store import MemoryBlobStore
from nbquest.identity import api as identity
from nbquest.jobs.app import defer
from nbquest.jobs.models import WorkerRow
from nbquest.jobs.workers import tell_worker
from nbquest.submissions import api as submissions
from nbquest.submissions.extensions import Grant
from nbquest.submissions.models import AttemptRow
from tests.factories.browser import ARTEFACTS, PATIENCE_MS, chromium
from tests.factories.courses import (
    SOLUTION,
    keep_certificate,
    outcome,
    squares_source,
    squares_submission,
    write_course,
)
from tests.integration.nbquest.web.running import COOKIE, PREFIX, WAIT_SECONDS, RunningService, running_service

pytestmark = [pytest.mark.browser]

HOSTILE = "<script>top.document.title = 'taken'</script><img src=x onerror=\"top.document.title = 'taken'\">"
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz, which nobody wrote with a phone in mind"
ARABIC = "الدوال والقوائم في لغة بايثون"
TRACEBACK = """AssertionError                            Traceback (most recent call last)
Cell In[4], line 2
      1 assert square(1) == 1
----> 2 assert square(-3) == 9, "square(-3) should be 9"

AssertionError: square(-3) should be 9"""


@dataclasses.dataclass(frozen=True)
class Shown:
    """A service with much to show, and the submissions whose results are."""

    service: RunningService
    mixed: str
    waiting: str
    failed: str
    regrade: int

    def pages(self) -> list[tuple[str, str, str]]:
        """Return each page: what it is, whose eyes see it, its path."""
        return [
            ("home", "ada", ""),
            ("home-of-a-newcomer", "newcomer", ""),
            ("home-of-a-teacher", "teacher", ""),
            ("course", "ada", "courses/squares"),
            ("course-of-a-teacher", "teacher", "courses/squares"),
            ("course-without-assignments", "ada", "courses/empty"),
            ("result", "ada", f"submissions/{self.mixed}"),
            ("result-waiting", "ada", f"submissions/{self.waiting}"),
            ("result-could-not-grade", "ada", f"submissions/{self.failed}"),
            ("instructor", "teacher", "instruct/squares"),
            ("instructor-nothing-found", "teacher", "instruct/squares?person=nobody"),
            ("instructor-without-submissions", "teacher", "instruct/empty"),
            ("how-tests-run", "teacher", "instruct/squares/tests"),
            ("how-tests-run-without-assignments", "teacher", "instruct/empty/tests"),
            ("regrades", "teacher", "instruct/squares/regrades"),
            ("regrades-without-assignments", "teacher", "instruct/empty/regrades"),
            ("regrade", "teacher", f"instruct/squares/regrades/{self.regrade}"),
            ("regrade-only-gains", "teacher", f"instruct/squares/regrades/{self.regrade}?only_gains=true"),
            ("extensions", "teacher", "instruct/squares/extensions"),
            ("extensions-without-assignments", "teacher", "instruct/empty/extensions"),
            ("queue", "root", "operate/queue"),
            ("result-of-a-learner", "teacher", f"submissions/{self.mixed}"),
            ("versions", "ada", "courses/squares/assignments/second/versions"),
            ("versions-of-nothing", "newcomer", "courses/squares/assignments/first/versions"),
            ("versions-of-a-learner", "teacher", "courses/squares/assignments/second/versions?person=ada"),
            ("changes", "ada", f"submissions/{self.failed}/changes"),
            ("sign-out", "ada", "logout"),
            ("not-found", "ada", "nothing"),
            ("not-allowed", "ada", "instruct/squares"),
        ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all of it."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def shown(empty_database_factory: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Courses, people and results of each kind."""
    url = empty_database_factory()
    migrate.upgrade(url)
    engine = sqlalchemy.create_engine(url)
    blobs = MemoryBlobStore()
    _publish(engine, blobs, tmp_path_factory.mktemp("courses"))
    for name in ("grace", "محمد", "a-very-long-user-name-" + "x" * 30):
        _submit(engine, blobs, name, "second", outcome({"visible": (2, 2), "hidden": (0, 3)}))
    mixed = _submit(engine, blobs, "ada", "first", _mixed_outcome())
    _submit(engine, blobs, "ada", "second", outcome({"visible": (2, 2), "hidden": (3, 3)}))
    changed = f"{SOLUTION}  # {HOSTILE} {LONG}\n\n\nprint(square({'1' * 200}))"
    failed = _submit(engine, blobs, "ada", "second", "The sandbox did not start.", solution=changed)
    waiting = _submit(engine, blobs, "ada", "long", None)
    for number in range(12):
        name = ("grace", "محمد", "a-very-long-user-name-" + "x" * 30, f"learner{number}")[number % 4]
        result = outcome({"visible": (2 * (number % 2), 2), "hidden": (3 * (number % 3 > 0), 3)})
        _submit(engine, blobs, name, ("first", "long", "arabic")[number % 3], result)
    regrade = _regrade(engine, blobs, tmp_path_factory.mktemp("mended"))
    _extend(engine)
    _work_and_wait(engine)
    with running_service(engine, blobs) as service:
        yield Shown(service, mixed, waiting, failed, regrade)
    engine.dispose()


def _regrade(engine: sqlalchemy.Engine, blobs: MemoryBlobStore, folder: Path) -> int:
    """Try another version of `second`: some gain, one loses, one stays, one can't be graded."""
    _publish(engine, blobs, folder, second="Mended.")
    with session_scope(engine) as session:
        regrade = submissions.start_regrade(
            session, course="squares", assignment="second", attempts="all", reason=f"{HOSTILE} {LONG}", by="teacher"
        )
        trials = session.scalars(select(AttemptRow.id).where(AttemptRow.trial).order_by(AttemptRow.id)).all()
        for number, attempt in enumerate(trials):
            if number == 1:
                submissions.record_failure(session, attempt, "The sandbox did not start.")
            else:
                score = (0, 0, 3, 0, 1)[number % 5]
                cells = {"visible": (2 * (number > 0), 2), "hidden": (score, 3)}
                submissions.record_outcome(session, attempt, {"squares.ipynb": outcome(cells)})
    return regrade.id


def _extend(engine: sqlalchemy.Engine) -> None:
    """Give some people more, and take it away from one."""
    later = utc_now() + timedelta(days=9)
    with session_scope(engine) as session:
        identity.set_group_member(session, "grace", "squares", LONG[:60])
        for grant in (
            Grant(person="ada", due_at=later, reason=HOSTILE),
            Grant(group=LONG[:60], due_at=later, reason=f"{LONG}. {ARABIC}"),
            Grant(person="محمد", due_at=later, reason="Ill"),
        ):
            made = submissions.extend(session, "squares", "second", grant, by="teacher")
        submissions.withdraw_extension(session, made.id, by="teacher")


def _work_and_wait(engine: sqlalchemy.Engine) -> None:
    """Let a worker live, one be lost, and something wait for packages that none has."""
    lost, now = uuid4(), utc_now()
    with session_scope(engine) as session:
        tell_worker(session, uuid4(), slots=4, queues=["grading", "grading-0123456789abcdef"], started_at=now)
        tell_worker(session, lost, slots=2, queues=["grading"], started_at=now - timedelta(hours=3))
        session.get_one(WorkerRow, lost).seen_at = now - timedelta(minutes=4)
        defer(session, "submissions.grade", queue="grading-feedfacefeedface", attempt_id=0)


def _publish(engine: sqlalchemy.Engine, blobs: MemoryBlobStore, folder: Path, *, second: str = "") -> None:
    soon, past = utc_now() + timedelta(days=2, hours=3), utc_now() - timedelta(days=4)
    manifest = f"""
        title = "Python foundations"
        description = "Variables, functions, lists: the ground that all the rest stands on."
        enrolment = "open"

        [[assignments]]
        slug = "first"
        title = "Functions"
        description = "Write small functions and call them from one another."
        skills = ["functions", "numbers"]
        due = {soon:%Y-%m-%dT%H:%M:%SZ}

        [[assignments]]
        slug = "second"
        title = "Variables and types"
        due = {past:%Y-%m-%dT%H:%M:%SZ}

        [[assignments]]
        slug = "long"
        title = "{LONG}"

        [[assignments]]
        slug = "arabic"
        title = "{ARABIC}"
    """
    files = {f"{name}/squares.ipynb": squares_source() for name in ("first", "second", "long", "arabic")}
    files["second/squares.ipynb"] = squares_source(extra=second)
    with session_scope(engine) as session:
        path = write_course(folder / "squares", files, manifest)
        courses.publish_course(session, blobs, path, publisher="teacher", grader_options=GraderOptions())
        identity.set_course_role(session, "teacher", "squares", "instructor")
        for assignment, certificate in _certificates().items():
            keep_certificate(session, "squares", assignment, certificate)
        if not second:
            session.add(
                CourseRow(
                    slug="empty", title="Statistics by hand", description="", enrolment="open", created_at=utc_now()
                )
            )
            session.flush()
        identity.set_course_role(session, "teacher", "empty", "instructor")


def _certificates() -> dict[str, Certificate]:
    """Return one of each kind; `arabic` has none."""
    reasons = (
        Reason(text="It calls eval on text that is not written out in the test.", grade_id="hidden"),
        Reason(text=f"With your own answers it passes here, but not there. There it said: “{LONG}”", grade_id=LONG),
    )
    warnings = (
        Reason(text="Your own answers get 1 of 2 points here. It says: “AssertionError”", grade_id="visible"),
        Reason(text="It passes with each of the 24 wrong answers that were tried.", grade_id="hidden"),
        Reason(text="Trying wrong answers took too long: 4 of 24 were tried."),
    )
    return {
        "first": Certificate(engine="separate", policy=Policy(), tried=24),
        "second": Certificate(engine="separate", policy=Policy(), warnings=warnings, tried=24),
        "long": Certificate(engine="shared", policy=Policy(), reasons=reasons, warnings=warnings[:1], tried=1),
    }


def _submit(
    engine: sqlalchemy.Engine,
    blobs: MemoryBlobStore,
    person: str,
    assignment: str,
    result: GradeOutcome | str | None,
    *,
    solution: str = SOLUTION,
) -> str:
    with session_scope(engine) as session:
        submission = submissions.submit(
            session,
            blobs,
            person=person,
            course="squares",
            assignment=assignment,
            notebooks={"squares.ipynb": squares_submission(solution)},
            key=str(uuid4()),
        )
        attempt = session.scalars(
            select(func.max(AttemptRow.id)).where(AttemptRow.submission_id == submission.id)
        ).one()
        if isinstance(result, str):
            submissions.record_failure(session, attempt, result)
        elif result is not None:
            submissions.record_outcome(session, attempt, {"squares.ipynb": result}, blobs=blobs)
    return str(submission.id)


def _mixed_outcome() -> GradeOutcome:
    """Return a verdict with a cell of each kind, and feedback that tries to run a script."""
    made = outcome(
        dict.fromkeys(("squares", "negative", "lists", "loop", "later", "essay", "a_" + "long_" * 20), (0, 1)),
        needs_manual=("essay",),
        repairs=("The test cell squares had been edited.", "The cell helper_setup had been deleted."),
    )
    said: list[tuple[CellStatus, str | None, bool]] = [
        ("passed", None, False),
        ("failed", TRACEBACK, False),
        ("failed", "Try an empty list.", True),
        ("timeout", "This took longer than 30 seconds.", False),
        ("not-run", None, False),
        ("manual", None, False),
        ("error", HOSTILE, False),
    ]
    cells: list[CellResult] = [
        dataclasses.replace(cell, status=status, message=message, hidden=hidden, score=cell.max_score * (number == 0))
        for number, (cell, (status, message, hidden)) in enumerate(zip(made.report.cells, said, strict=True))
    ]
    report = dataclasses.replace(made.report, cells=tuple(cells), score=cells[0].score)
    return dataclasses.replace(made, report=report, feedback_html=f"<!doctype html><p>It ran.</p>{HOSTILE}")


def _signed_in(browser: Browser, service: RunningService, name: str, scheme: str, width: int) -> BrowserContext:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    token = service.hub.add_user(name, admin=name == "root")
    sealed = service.app.state.site.sealer.seal(token, purpose="token")
    context.add_cookies([{"name": COOKIE, "value": sealed, "domain": "127.0.0.1", "path": PREFIX}])
    return context


def _open(context: BrowserContext, service: RunningService, path: str) -> tuple[Page, list[str]]:
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    page.goto(service.origin + PREFIX + path)
    expect(page.locator("h1")).to_be_visible()
    return page, refused


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 768), ("light", 375), ("dark", 375)])
def test_each_page_is_readable_by_everyone(browser: Browser, shown: Shown, scheme: str, width: int) -> None:
    """No finding of axe, no refused script or style, nothing wider than the window. Screenshots are kept."""
    folder = ARTEFACTS / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    contexts = {
        name: _signed_in(browser, shown.service, name, scheme, width) for name in ("ada", "newcomer", "teacher", "root")
    }
    problems: list[str] = []
    for what, name, path in shown.pages():
        page, refused = _open(contexts[name], shown.service, path)
        page.screenshot(path=folder / f"{what}-{width}-{scheme}.png", full_page=True)
        found = Axe().run(page)
        if found.violations_count:
            problems.append(f"{what}: {found.generate_report()}")
        problems += [f"{what}: {text}" for text in refused if "status of 40" not in text]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append(f"{what}: wider than {width} px")
        page.close()
    for context in contexts.values():
        context.close()
    assert not problems, "\n".join(problems)


def test_feedback_runs_no_script(browser: Browser, shown: Shown) -> None:
    """Neither in its frame, whose page it can't reach, nor opened alone."""
    context = _signed_in(browser, shown.service, "ada", "light", 1440)
    page = context.new_page()
    page.goto(f"{shown.service.origin}{PREFIX}submissions/{shown.mixed}")
    page.locator("details summary").click()
    expect(page.frame_locator("iframe.feedback").get_by_text("It ran.")).to_be_visible()
    frame = page.locator("iframe.feedback")
    expect(page).to_have_title("Functions, submission 1 · nbquest")
    assert page.evaluate("document.querySelector('iframe.feedback').contentDocument") is None
    address = frame.get_attribute("src")
    alone = context.new_page()
    alone.goto(shown.service.origin + (address or ""))
    expect(alone.get_by_text("It ran.")).to_be_visible()
    assert "taken" not in alone.title()
    context.close()


def test_a_page_is_brought_up_to_date_by_itself(browser: Browser, shown: Shown) -> None:
    """A result that waited shows its points when they are there, and says so to who can't see it."""
    service = shown.service
    identifier = _submit(service.engine, service.blobs, "live", "first", None)
    context = _signed_in(browser, service, "live", "light", 1440)
    page, refused = _open(context, service, f"submissions/{identifier}")
    expect(page.get_by_text("The result shows up here by itself")).to_be_visible()
    expect(page.locator("body[data-live=open]")).to_be_attached(timeout=WAIT_SECONDS * 1000)
    with session_scope(service.engine) as session:
        attempt = session.scalars(select(AttemptRow.id).where(AttemptRow.submission_id == UUID(identifier))).one()
        submissions.record_outcome(session, attempt, {"squares.ipynb": outcome({"visible": (2, 2), "hidden": (3, 3)})})
    expect(page.locator(".verdict .big")).to_have_text("5", timeout=WAIT_SECONDS * 1000)
    expect(page.get_by_role("status")).to_contain_text("5 of 5 points")
    assert not refused
    context.close()
