"""What a course may ask for as packages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbquest.environments.errors import UnusablePackages
from nbquest.environments.requirements import (
    AskedPackages,
    digest,
    locked,
    read_file,
    read_names,
    without,
)

SHA = "a" * 64
OTHER = "b" * 64


def test_names_come_in_one_order_and_one_spelling() -> None:
    asked = read_names(["Seaborn >= 0.13", "ruamel_yaml", "networkx[default]<4,>=3"])
    assert asked.lines == ("networkx[default]<4,>=3", "ruamel-yaml", "seaborn>=0.13")
    assert asked.names == ("networkx", "ruamel-yaml", "seaborn")
    assert AskedPackages.from_text(asked.text) == asked == read_names(reversed(asked.lines))


@pytest.mark.parametrize(
    ("packages", "said"),
    [
        (["seaborn @ https://elsewhere.example/x.whl"], "not from an address"),
        (["git+https://elsewhere.example/x"], "is not a package's name"),
        (["../mine"], "is not a package's name"),
        (["./x.whl"], "is not a package's name"),
        (["-e ."], "options of pip can't be given"),
        (["--index-url=https://elsewhere.example"], "options of pip can't be given"),
        (["seaborn --hash=sha256:x"], "is not a package's name"),
        (["seaborn\n--index-url x"], "is not a package's name"),
        ([""], "is not a package's name"),
        (["Foo_bar", "foo-bar>=1"], "foo-bar is listed twice"),
        ([f"package{n}" for n in range(101)], "100 are allowed"),
    ],
)
def test_only_names_from_the_index_are_taken(packages: list[str], said: str) -> None:
    with pytest.raises(UnusablePackages, match=said):
        read_names(packages)


FILE = f"""
# made by a tool
Seaborn==0.13.2 \\
    --hash=sha256:{OTHER} \\
    --hash=sha256:{SHA}
    # via -r asked.in
roman==5.2 ; python_version >= "3.9" --hash=sha256:{SHA}
"""


def test_a_file_of_exact_versions_with_hashes() -> None:
    asked = read_file(FILE.encode())
    assert asked.hashed
    assert asked.lines == (
        f'roman==5.2; python_version >= "3.9" --hash=sha256:{SHA}',
        f"seaborn==0.13.2 --hash=sha256:{SHA} --hash=sha256:{OTHER}",
    )
    assert asked.names == ("roman", "seaborn")
    assert AskedPackages.from_text(asked.text) == asked


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("roman==5.2", "line 1: .* has no --hash"),
        (f"\n\nroman>=5 --hash=sha256:{SHA}", "line 3: .* needs an exact version, as in roman==1.2.3"),
        (f"roman==5.* --hash=sha256:{SHA}", "needs an exact version"),
        (f"roman --hash=sha256:{SHA}", "needs an exact version"),
        ("-r other.txt", "line 1: .* options of pip"),
        ("--extra-index-url https://elsewhere.example", "line 1: .* options of pip"),
        (f"roman @ https://elsewhere.example/r.whl --hash=sha256:{SHA}", "not from an address"),
        (f"roman==1 --hash=sha256:{SHA}\nRoman==1 --hash=sha256:{SHA}", "line 2: roman==1 is listed twice"),
        ("roman==1 --hash=md5:0", "is not a package's name"),
        ("# nothing", "names no package"),
        ("", "names no package"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UnusablePackages, match=said):
        read_file(text.encode())
    with pytest.raises(UnusablePackages, match="UTF-8"):
        read_file(b"\xff")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """And what is read again is the same."""
    try:
        asked = read_file(text.encode("utf-8", "surrogatepass"))
    except UnusablePackages:
        return
    assert read_file(asked.text.encode()) == asked


def test_what_every_course_has_is_not_asked_for_again() -> None:
    present = {"numpy": "2.3.0", "pandas": "3.0"}
    assert without(read_names(["numpy", "roman", "pandas>=2"]), present).lines == ("roman",)
    with pytest.raises(UnusablePackages, match=r"numpy<2 can't be had: every course has numpy 2\.3\.0"):
        without(read_names(["numpy<2"]), present)
    with pytest.raises(UnusablePackages, match=r"numpy==1\.26\.4 can't be had"):
        without(read_file(f"numpy==1.26.4 --hash=sha256:{SHA}".encode()), present)


def test_the_digest_is_of_all_that_decides() -> None:
    asked, requirements = read_names(["roman"]), locked([("Roman", "5.2", SHA)])
    assert requirements == f"roman==5.2 --hash=sha256:{SHA}\n"
    same = digest(asked, requirements, "3.11")
    assert same == digest(read_names(["Roman"]), requirements, "3.11")
    others = {
        digest(read_names(["roman>=5"]), requirements, "3.11"),
        digest(asked, locked([("roman", "5.2", OTHER)]), "3.11"),
        digest(asked, requirements, "3.12"),
    }
    assert len(others | {same}) == 4
