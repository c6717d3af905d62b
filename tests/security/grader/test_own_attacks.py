"""Attacks of our own invention (`own/`), each in each engine, amid the same plants as the reference set.

What an engine can't hold stands in the case's header with the reason, and is listed in
docs/explanation/grading-security.md; a case that holds after all fails its test until the list is shortened.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from grader.grading import Limits
from tests.security.grader import own_set
from tests.security.grader.arena import LIMITS, Arena, Contest, Fight
from tests.security.grader.engines import ENGINES, asked_engines, contest
from tests.security.grader.findings import active_markup, around, leaks, shown
from tests.security.grader.own_set import OwnCase
from tests.security.grader.plants import SECRETS

OWN_ENGINES = tuple(isolation for isolation in ENGINES if isolation != "kernel")
PATIENT = Limits(cell_seconds=60, total_seconds=120)
DOCS = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "grading-security.md"

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow]


@pytest.fixture(scope="module")
def contests(arena: Arena, request: pytest.FixtureRequest) -> dict[str, Contest]:
    honest, score = own_set.honest()
    asked = asked_engines(request, OWN_ENGINES)
    return {name: contest(arena, name, own_set.source(), honest, score) for name in asked}


@pytest.fixture(scope="module")
def fights(
    arena: Arena, contests: dict[str, Contest], request: pytest.FixtureRequest
) -> Iterator[dict[tuple[str, str], Future[Fight]]]:
    """All cases that were asked for, already under way."""
    asked = [item.callspec.params for item in request.session.items if getattr(item, "function", None) is test_attack]
    found: dict[tuple[str, str], Future[Fight]] = {}
    for params in asked:
        isolation, name = params["isolation"], params["name"]
        case = own_set.cases()[name]
        limits = PATIENT if case.patient else None
        found[isolation, name] = arena.fight(contests[isolation], case.submission, limits)
    yield found
    for future in found.values():
        future.cancel()


def _check(case: OwnCase, fight: Fight, honest_score: float) -> list[str]:
    problems = around(fight, honest_score=honest_score)
    if fight.seconds > 3 * (PATIENT if case.patient else LIMITS).total_seconds:
        problems.append(f"took {fight.seconds:.0f} s")
    if fight.outcome is None:
        return [*problems, "no verdict"]
    report, text = fight.outcome.report, shown(fight.outcome)
    own = case.submission.decode()
    if report.status not in case.statuses:
        problems.append(f"status {report.status}")
    if not case.least <= report.score <= case.most:
        earned = {cell.grade_id: (float(cell.score), cell.message) for cell in report.cells}
        problems.append(f"score {report.score}, not from {case.least} to {case.most}: {earned}")
    problems += [f"shows {words}" for words in case.never if words in text]
    problems += leaks(text, own, (*own_set.secrets(), *SECRETS))
    return problems + [f"feedback has {markup}" for markup in active_markup(fight.outcome.feedback_html or "")]


@pytest.mark.parametrize("name", own_set.cases())
@pytest.mark.parametrize("isolation", OWN_ENGINES)
def test_attack(
    isolation: str, name: str, contests: dict[str, Contest], fights: dict[tuple[str, str], Future[Fight]]
) -> None:
    case = own_set.cases()[name]
    problems = _check(case, fights[isolation, name].result(), contests[isolation].honest_score)
    if isolation in case.limits:
        assert problems, f"this holds now in {isolation}: take the limit out of {name} and out of {DOCS.name}"
        pytest.xfail(case.limits[isolation])
    assert problems == []


@pytest.mark.parametrize("isolation", OWN_ENGINES)
def test_the_assignment_tells_right_from_wrong(isolation: str, arena: Arena, contests: dict[str, Contest]) -> None:
    """An assignment that nobody can solve, or that everybody solves, would prove nothing."""
    full = arena.ask(contests[isolation], own_set.source()).report
    assert (full.status, float(full.score)) == ("graded", own_set.full_marks())
    blank = arena.ask(contests[isolation], own_set.submit({})).report
    assert float(blank.score) == 0
    part, score = own_set.honest()
    assert float(arena.ask(contests[isolation], part).report.score) == score


def test_each_family_is_there() -> None:
    families: dict[str, int] = {}
    for name in own_set.cases():
        families[name.split("/")[0]] = families.get(name.split("/")[0], 0) + 1
    assert set(families) == {"cheating", "stealing", "forging", "reaching", "exhausting", "displaying", "honest"}
    assert sum(families.values()) - families["honest"] >= 40


def test_every_limit_is_told_in_the_documentation() -> None:
    text = DOCS.read_text()
    told: set[Any] = set()
    for case in own_set.cases().values():
        for isolation in case.limits:
            assert f"`{case.name}`" in text, f"{case.name} ({isolation}) is missing from {DOCS.name}"
            told.add(case.name)
    assert told
