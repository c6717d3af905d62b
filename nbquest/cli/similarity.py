"""`nbquest course similarity`: which learners' submissions to an assignment have passages in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from nbquest.cli.course import open_session
from nbquest.cli.person import writing_to
from nbquest.courses import api as courses
from nbquest.files.store import open_blob_store
from nbquest.settings import load_settings
from nbquest.similarity import api
from nbquest.similarity.jplag import BASE_CODE, SUBMISSIONS
from nbquest.similarity.pairs import LEAST_PERCENT
from nbquest.similarity.views import SimilarityReport


def similarity(
    *,
    course: Annotated[str, typer.Argument(help="The course's short name, as `nbquest course list` shows it.")],
    assignment: Annotated[str, typer.Argument(help="The assignment's short name.")],
    least_percent: Annotated[
        int, typer.Option("--least-percent", min=1, max=100, help="Share of one of the two, to be listed.")
    ] = LEAST_PERCENT,
    apart_groups: Annotated[
        bool, typer.Option("--apart-groups", help="Leave out pairs of one group of the course.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    export_jplag: Annotated[
        Path | None,
        typer.Option("--export-jplag", help="Write the learners' code for JPlag: a new folder, or a new .zip file."),
    ] = None,
) -> None:
    """Say which learners' submissions have similar passages. There may be many reasons for them."""
    settings = load_settings()
    blobs = open_blob_store(settings)
    with open_session(settings) as session:
        if export_jplag is not None:
            courses.get_assignment(session, course, assignment)  # before anything is written
            with writing_to(export_jplag) as write:
                made = api.export_jplag(session, blobs, course=course, assignment=assignment, write=write)
            print(f"{made.submissions} of {made.compared} submissions written to {export_jplag}.")
            print(f"In its folder: java -jar jplag.jar -l {made.language} -bc {BASE_CODE} {SUBMISSIONS}")
            return
        report = api.report_similarity(
            session, blobs, course=course, assignment=assignment, least_percent=least_percent, apart_groups=apart_groups
        )
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        _print_report(report)


def _print_report(report: SimilarityReport) -> None:
    compared = f"{report.compared} submissions compared"
    if report.unreadable:
        compared += f", {report.unreadable} could not be read"
    if not report.pairs:
        print(f"{compared}: no two have enough in common to be listed.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("Learners", "Share of each", "Rare in the class", "How common"):
        table.add_column(title, overflow="fold")
    for pair in report.pairs:
        left, right = pair.left, pair.right
        table.add_row(
            f"{left.person}, {right.person}",
            f"{left.percent} %, {right.percent} %",
            f"{pair.rare_percent} %",
            f"in {pair.holders} of {report.compared}",
        )
    # Names are what somebody typed, no markup.
    Console(markup=False, highlight=False).print(table)
    print(f"{compared}; pairs with similar passages: {report.found}. There may be many reasons for them:")
    print("read both side by side on the course's page Similar passages, and ask before you judge.")
