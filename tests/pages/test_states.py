"""What every page says where there is nothing yet to show, or where nothing can be kept."""

from pathlib import Path

import pytest

from t2i_core.settings import Settings, get_settings
from tests.pages.conftest import Open

PAGES = sorted(path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py"))
EMPTY = {
    "abuse": "Choose a picture, and its verdict stands here.",
    "gallery": "Nothing here yet.",
    "home": "Or start from one of these:",
    "models": "There are no models in",
    "training": "**No runs yet.**",
    "tryon": "Tick this first.",
    "variations": "There is no model “products”",
}


@pytest.mark.parametrize("name", PAGES)
def test_without_weights_pictures_or_runs_a_page_says_what_comes_here(name: str, open_page: Open) -> None:
    page = open_page(name)
    assert not page.exception
    said = [block.value for block in (*page.error, *page.warning, *page.info, *page.caption)]
    assert any(one.startswith(EMPTY.get(name, f"There is no model “{name}”")) for one in said)


@pytest.mark.parametrize("name", PAGES)
def test_where_nothing_can_be_kept_a_page_still_opens(
    name: str, open_page: Open, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = settings.home / "file"
    blocked.write_text("in the way of a folder")
    monkeypatch.setenv("T2I_HOME", str(blocked))
    get_settings.cache_clear()
    assert not open_page(name).exception
