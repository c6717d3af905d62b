"""What is documented is what there is: settings, errors, events, routes, scopes."""

import pytest

from nbquest.cli import reference
from nbquest.errors import NbquestError
from nbquest.settings import Settings


@pytest.mark.parametrize("page", sorted(reference.PAGES))
def test_each_page_is_what_the_code_says(page: str) -> None:
    written = (reference.FOLDER / page).read_text()
    assert written == reference.PAGES[page](), f"docs/reference/{page} is stale: run `nbquest reference`"


def test_every_setting_is_on_its_page() -> None:
    page = reference.render_settings()
    assert all(f"`NBQUEST_{name.upper()}`" in page for name in Settings.model_fields)


def test_an_error_without_a_docstring_is_refused() -> None:
    class Undocumented(NbquestError):
        code = "undocumented"

    with pytest.raises(reference.StaleReference, match="Undocumented"):
        reference._first_line(Undocumented)


def test_error_codes_are_unique() -> None:
    classes = reference._subclasses(NbquestError)
    codes = [cls.code for cls in classes]
    twice = {code for code in codes if codes.count(code) > 1}
    assert not twice
