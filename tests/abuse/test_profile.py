from datetime import date
from pathlib import Path

import pytest

from t2i_core.abuse.profile import Profile, find_profile, read_profile, save_profile, saved_profiles, shipped_profiles
from t2i_core.errors import InputError


def test_the_marketplaces_numbers_are_the_published_ones() -> None:
    shipped = shipped_profiles()
    amazon, google = shipped["amazon"], shipped["google"]
    assert (amazon.min_longest, amazon.zoom_longest, amazon.max_longest) == (500, 1000, 10_000)
    assert (amazon.white, amazon.fill, set(amazon.formats)) == (True, 0.85, {"JPEG", "PNG", "TIFF", "GIF"})
    assert (google.min_width, google.max_megapixels, google.max_megabytes) == (100, 64, 16)
    assert (shipped["google-apparel"].min_width, shipped["google-apparel"].max_megabytes) == (250, 16)


def test_what_google_announced_holds_from_its_day_on() -> None:
    google = find_profile("google")
    assert google.on(date(2027, 1, 30)).min_width == 100
    assert google.on(date(2027, 1, 31)).min_height == 500
    assert find_profile("google-apparel").on(date(2027, 1, 31)).min_width == 500


def test_a_saved_profile_is_found_again_as_it_was(tmp_path: Path) -> None:
    held = find_profile("google").with_thresholds({"listing.blur": 0.35})
    saved = save_profile(held, "our shop", tmp_path / "new")
    assert find_profile("our shop", tmp_path / "new") == saved
    assert saved.threshold("listing.blur") == 0.35
    assert saved.later == held.later
    assert saved_profiles(tmp_path / "new") == ["our shop"]


def test_a_profile_file_builds_on_a_marketplaces(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "amazon"\nfill = 0.7\noff = ["listing.border"]\n')
    mine = find_profile(str(tmp_path / "mine.toml"))
    assert (mine.name, mine.fill, mine.min_longest, mine.off) == ("mine", 0.7, 500, ("listing.border",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fill = 3", "between 0 and 1"),
        ("fill = 'a'", "wrong kind"),
        ("min_width = -1", "min_width"),
        ("colour = 1", "nobody knows: colour"),
        ("base = 'ebay'", "builds on “ebay”"),
        ("[thresholds]\n'listing.nothing' = 0.5", "listing.nothing"),
        ("[thresholds]\n'listing.blur' = 2", "between 0 and 1"),
        ("off = ['x']", "rule nobody knows"),
        ("later = 5", "wrong kind"),
        ("not toml", "cannot be read"),
        ("x = '" + "a" * 200_000 + "'", "too large"),
    ],
)
def test_a_profile_that_makes_no_sense_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(InputError, match=said):
        read_profile(tmp_path / "bad.toml")


@pytest.mark.parametrize("name", ["ebay", "", "../secret", "a" * 5000])
def test_an_unknown_profile_lists_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="amazon, google"):
        find_profile(name, tmp_path)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "amazon", "x" * 41, ".hidden"])
def test_a_profile_is_saved_under_a_plain_name_of_its_own_only(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        save_profile(Profile(), name, tmp_path)
    assert list(tmp_path.iterdir()) == []
