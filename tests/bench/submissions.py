"""How fast the way from handing in to the grade is, and whether it stays so. Prints JSON lines.

The web service (`python -m nbquest.services.web`), each worker (`python -m nbquest.worker`, one slot) and Postgres are
processes of their own; what is handed in is the tiny assignment of `script/bench grading`, a hundred kilobytes with its
outputs, over HTTP with Hub tokens. No worker looks at the queue by itself for a day: Postgres wakes it. Compared is
within one run, in turns, so that a slow minute of the machine meets both sides; a ratio is the median of the rounds'.

`workers`: submissions graded in a second by one worker and by two, from the commit that queues them to the last grade.
`visible`: from the first byte of the POST to the event `submission.graded` at the learner's, on a site where nothing
else happens, beside the time that the engine alone takes for the same notebook.
`crowd`: many people's submissions within a minute: how long the POSTs took, when the last grade was there, and how
many rows the queue's tables had at most and have at the end. `..._cpu_ms`: processor time of those processes, and of
what they start, for each submission.
`history`: the whole way, POST to grade, on a site with a thousand submissions and on one with a million.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nbquest.db.embedded import EmbeddedPostgres
from tests.bench import submission_parts as parts
from tests.bench.processes import cpu_seconds
from tests.bench.running_site import Publisher, load_now, running_cluster
from tests.factories.hub_server import HubServer, running_hub_twin

PARTS = ("workers", "visible", "crowd", "history")


@dataclass(kw_only=True)
class Sizes:
    """How much is measured. Rounds are of each side; `rows`: submissions of the site with a long history."""

    rounds: int = 5
    batch: int = 120
    visible: int = 60
    people: int = 200
    crowd: int = 2000
    rows: int = 1_000_000


QUICK = Sizes(rounds=1, batch=16, visible=8, people=20, crowd=40, rows=5_000)
FEW_ROWS = 1000
TWO_WORKERS, TIMES_THE_ENGINE, WITH_HISTORY, CROWD_SECONDS = 1.7, 5.0, 0.9, 60.0
LEFT_OVER = 5
"""Rows that the queue may have when all is done: a periodic job or two that are just being run."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="script/bench submissions", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=PARTS, action="append", help="only this one")
    parser.add_argument("--quick", action="store_true", help="small numbers: to try it out, not to measure")
    parser.add_argument("--rounds", type=int, help=f"default: {Sizes.rounds}")
    parser.add_argument("--batch", type=int, help=f"submissions of a round and a side; default: {Sizes.batch}")
    parser.add_argument("--check", action="store_true", help="exit status 1 where a target is missed")
    options = parser.parse_args(arguments)
    sizes = QUICK if options.quick else Sizes()
    sizes.rounds, sizes.batch = options.rounds or sizes.rounds, options.batch or sizes.batch
    # Stopped as by Ctrl-C, so that nothing that it started is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    missed = measure(options.part or PARTS, sizes, _say)
    for line in missed:
        sys.stderr.write(f"missed: {line}\n")
    return 1 if missed and options.check else 0


def measure(wanted: Sequence[str], sizes: Sizes, say: Callable[[dict[str, Any]], None]) -> list[str]:
    """Measure these parts and `say` a line of each; return what misses its target."""
    say({"cpus": os.cpu_count(), "python": platform.python_version(), "linux": platform.release(), **load_now()})
    missed = []
    with running_cluster() as cluster, running_hub_twin() as hub:
        bench = _Bench(cluster, hub, Publisher(), sizes)
        for part in PARTS:
            if part in wanted:
                line = {"part": part, **getattr(bench, part)(), **load_now()}
                say(line)
                missed += [f"{part}: {reason}" for reason in line["missed"]]
    return missed


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


class _Bench:
    """The measurement: each part makes sites of its own and returns its figures, `missed` among them."""

    def __init__(self, cluster: EmbeddedPostgres, hub: HubServer, publisher: Publisher, sizes: Sizes) -> None:
        self._places = (cluster, hub, publisher)
        self._publisher = publisher
        self._sizes = sizes

    def workers(self) -> dict[str, Any]:
        sizes = self._sizes
        notebooks = self._publisher.notebooks(sizes.batch)
        one, two = [], []
        with parts.made_site(*self._places, "workers") as site, site.worker():
            parts.grade_queued(site, notebooks)  # warm
            for _ in range(sizes.rounds):
                one.append(parts.grade_queued(site, notebooks))
                with site.worker():
                    parts.grade_queued(site, notebooks[: max(8, sizes.batch // 4)])
                    two.append(parts.grade_queued(site, notebooks))
        ratio = _median_ratio(two, one)
        return {
            "submissions": sizes.batch,
            "rounds": sizes.rounds,
            "one_per_second": round(statistics.median(one), 2),
            "two_per_second": round(statistics.median(two), 2),
            "two_times_one": ratio,
            "missed": _unless(ratio >= TWO_WORKERS, f"two workers do {ratio} times what one does, not {TWO_WORKERS}"),
        }

    def visible(self) -> dict[str, Any]:
        with parts.made_site(*self._places, "visible") as site, site.web(), site.worker():
            seen = parts.watch_grades(site, self._publisher, self._sizes.visible)
        whole, engine, post = ([getattr(one, name) for one in seen] for name in ("whole", "engine", "post"))
        ratio = round(statistics.median(whole) / statistics.median(engine), 2)
        return {
            "submissions": len(seen),
            "visible_ms": _spread(whole),
            "post_ms": _spread(post),
            "engine_ms": _spread(engine),
            "times_the_engine": ratio,
            "missed": _unless(
                ratio <= TIMES_THE_ENGINE, f"it takes {ratio} times the engine's, not {TIMES_THE_ENGINE}"
            ),
        }

    def crowd(self) -> dict[str, Any]:
        sizes = self._sizes
        with parts.made_site(*self._places, "crowd") as site, site.web() as web, site.worker() as worker:
            began = cpu_seconds(web), cpu_seconds(worker)
            came = parts.hand_in_as_a_crowd(site, self._publisher, people=sizes.people, submissions=sizes.crowd)
            used = cpu_seconds(web) - began[0], cpu_seconds(worker) - began[1]
        left = came.queue_after["procrastinate_jobs"]
        return {
            "people": sizes.people,
            "submissions": sizes.crowd,
            "handed_in_seconds": round(came.handed_in_seconds, 1),
            "statuses": came.statuses,
            "post_ms": _spread(came.post_seconds),
            "web_cpu_ms": round(1000 * used[0] / sizes.crowd, 1),
            "worker_cpu_ms": round(1000 * used[1] / sizes.crowd, 1),
            "all_graded_after_seconds": round(came.graded_seconds, 1),
            "graded": came.graded,
            "queue_at_most": came.queue_at_most,
            "queue_after": came.queue_after,
            "missed": [
                *_unless(came.statuses == {"202": sizes.crowd}, f"not all were accepted: {came.statuses}"),
                *_unless(came.graded == sizes.crowd, f"only {came.graded} were graded"),
                *_unless(came.handed_in_seconds <= CROWD_SECONDS, f"they took {came.handed_in_seconds:.0f} seconds"),
                *_unless(left <= LEFT_OVER, f"{left} jobs are left over"),
            ],
        }

    def history(self) -> dict[str, Any]:
        sizes = self._sizes
        with contextlib.ExitStack() as stack:
            few, many = (stack.enter_context(parts.made_site(*self._places, name)) for name in ("few", "many"))
            rows = {"few": parts.fill(few, FEW_ROWS), "many": parts.fill(many, sizes.rows)}
            for site in (few, many):
                stack.enter_context(site.web())
                stack.enter_context(site.worker())
            with_few, with_many = parts.take_turns(few, many, self._publisher, sizes.rounds, sizes.batch)
            plans = parts.explain(many)
        ratio = _median_ratio(with_many, with_few)
        scans = sorted(f"{name} reads all of {table}" for name, tables in plans.items() for table in tables)
        return {
            "submissions": sizes.batch,
            "rounds": sizes.rounds,
            "rows": rows,
            "few_per_second": round(statistics.median(with_few), 2),
            "many_per_second": round(statistics.median(with_many), 2),
            "many_times_few": ratio,
            "queries": {name: tables or "indexes only" for name, tables in plans.items()},
            "missed": [
                *_unless(ratio >= WITH_HISTORY, f"with history it does {ratio} of the throughput, not {WITH_HISTORY}"),
                *scans,
            ],
        }


def _median_ratio(mine: Sequence[float], its: Sequence[float]) -> float:
    """Return the median over the rounds of the ratio of the same round."""
    return round(statistics.median(a / b for a, b in zip(mine, its, strict=True)), 3)


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the longest, in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50": round(1000 * statistics.median(ordered), 1),
        "p99": round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
        "longest": round(1000 * ordered[-1], 1),
    }


def _unless(fine: bool, reason: str) -> list[str]:
    return [] if fine else [reason]
