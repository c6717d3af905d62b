"""The documentation holds together: each page is in the index, and no link leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *REPOSITORY.glob("*.md")])
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)|\]\((#[^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as a repository's pages show them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target, anchor, here in _LINK.findall(_CODE.sub("", page.read_text())):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists():
            broken.append(target)
        elif (anchor or here) and path.suffix == ".md" and (anchor or here)[1:] not in headings(path):
            broken.append(target + (anchor or here))
    assert broken == []


@pytest.mark.parametrize("folder", ["", "howto", "explanation", "reference", "tutorial", "decisions"])
def test_every_page_is_in_an_index(folder: str) -> None:
    index = DOCS / ("decisions/README.md" if folder == "decisions" else "README.md")
    told = {(index.parent / target).resolve() for target, _, _ in _LINK.findall(index.read_text())}
    pages = {page for page in (DOCS / folder).glob("*.md") if page.name != "README.md"}
    assert {page.name for page in pages - told} == set(), f"add it to {index.relative_to(REPOSITORY)}"
