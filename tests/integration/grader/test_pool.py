"""The pool of warm graders, with real ones."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.errors import GraderError, SandboxUnavailable
from grader.grading import Grader, GradeRequest, GraderOptions, Limits
from grader.options import Environment
from grader.pool import GraderPool
from tests.factories.notebooks import graded, notebook, solution

pytestmark = pytest.mark.bubblewrap

SOURCE = notebook(solution("a", "x = 1"), graded("t", "assert x == 1"))
OPTIONS = GraderOptions(limits=Limits(cell_seconds=20))
REQUEST = GradeRequest(source=SOURCE, submission=SOURCE)


def test_one_grader_serves_all_who_need_no_more_than_it_has() -> None:
    with GraderPool(OPTIONS) as pool:
        with pool.borrow(preload=["httpx", "plotly"]) as first:
            assert {"httpx", "numpy"} <= set(first.options.preload)
            assert first.options.preload[: len(OPTIONS.preload)] == OPTIONS.preload
        with pool.borrow(preload=["plotly", "json"]) as second, pool.borrow() as third:
            assert second is third is first
        assert pool.grade(REQUEST, preload=["httpx"]).report.score == 1
        assert len(pool) == 1


def _environment(name: str) -> Environment:
    """Return the learners' environment as if it were made anew: another one, for the pool."""
    return Environment(python=OPTIONS.interpreter(), made=name)


def test_soon_one_grader_has_all_that_an_environment_is_asked_for() -> None:
    with GraderPool(OPTIONS) as pool:
        with pool.borrow(preload=["httpx"]) as first, pool.borrow(preload=["plotly"]) as second:
            assert set(second.options.preload) == {*OPTIONS.preload, "httpx", "plotly"}
            assert len(pool) == 2
            assert first.grade(REQUEST).report.score == 1
        with pool.borrow(preload=["tornado"]) as third:
            assert set(third.options.preload) == {*OPTIONS.preload, "httpx", "plotly", "tornado"}
            assert len(pool) == 1
        with pool.borrow(preload=["httpx"]) as again:
            assert again is third


def test_the_one_used_longest_ago_makes_room() -> None:
    with GraderPool(OPTIONS, size=2) as pool:
        kept: dict[str, Grader] = {}
        for name in ("one", "two", "one", "three"):
            with pool.borrow(environment=_environment(name)) as grader:
                kept[name] = grader
        assert len(pool) == 2
        with pool.borrow(environment=_environment("one")) as again:
            assert again is kept["one"]
        with pool.borrow(environment=_environment("two")) as anew:
            assert anew is not kept["two"]
            assert anew.grade(REQUEST).report.score == 1
        assert len(pool) == 2


def test_what_is_at_work_is_never_closed() -> None:
    """With no room left, who comes waits until one is idle."""
    with GraderPool(OPTIONS, size=1) as pool, ThreadPoolExecutor(1) as threads:
        with pool.borrow() as first:
            waiting = threads.submit(pool.grade, REQUEST, environment=_environment("other"))
            time.sleep(0.3)
            assert not waiting.done()
            assert first.grade(REQUEST).report.score == 1
        assert waiting.result(60).report.score == 1
        assert len(pool) == 1


def test_many_threads_start_one_grader() -> None:
    with GraderPool(OPTIONS, size=2) as pool, ThreadPoolExecutor(4) as threads:
        scores = [outcome.report.score for outcome in threads.map(lambda _: pool.grade(REQUEST), range(8))]
        assert scores == [1] * 8
        assert len(pool) == 1


def test_closing_waits_for_what_is_at_work_and_hands_out_nothing_more() -> None:
    pool = GraderPool(OPTIONS)
    with pool.borrow() as grader:
        closing = threading.Thread(target=pool.close)
        closing.start()
        time.sleep(0.2)
        assert closing.is_alive()
        assert grader.grade(REQUEST).report.score == 1
        with pytest.raises(GraderError, match="closed"):
            pool.grade(REQUEST)
    closing.join(20)
    assert not closing.is_alive()
    assert len(pool) == 0


def test_closing_without_patience_ends_what_is_at_work() -> None:
    slow = GradeRequest(source=SOURCE, submission=notebook(solution("a", "import time\ntime.sleep(60)")))
    pool = GraderPool(OPTIONS)
    with ThreadPoolExecutor(1) as threads:
        pool.warm()
        grading = threads.submit(pool.grade, slow)
        time.sleep(1)
        pool.close(patience=0.1)
        with pytest.raises(GraderError):  # left alone it would come to a verdict
            grading.result()


def test_one_that_does_not_start_is_not_kept() -> None:
    """Asked again, it is tried again; the others are not touched."""
    bare = Environment(python=Path("/usr/bin/python3"))  # without IPython
    with GraderPool(OPTIONS, size=2) as pool:
        pool.warm()
        for _ in range(2):
            with pytest.raises(SandboxUnavailable, match="IPython"):
                pool.grade(REQUEST, environment=bare)
            assert len(pool) == 1
        assert pool.grade(REQUEST).report.score == 1


def test_a_pool_has_room_for_one() -> None:
    with pytest.raises(ValueError, match="one grader"):
        GraderPool(OPTIONS, size=0)
