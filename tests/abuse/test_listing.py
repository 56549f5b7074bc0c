from dataclasses import replace
from datetime import date

import pytest
from PIL import Image

from t2i_core.abuse.listing import listing_signals
from t2i_core.abuse.profile import find_profile
from t2i_core.abuse.verdict import Subject
from t2i_core.images import FileFacts
from tests.abuse.drawn import photo, score, subject

GOOGLE = find_profile("google")
BEFORE, AFTER = date(2026, 12, 1), date(2027, 1, 31)


def of_size(width: int, height: int, profile: str = "amazon") -> Subject:
    return subject(Image.new("RGB", (width, height), "white"), find_profile(profile))


@pytest.mark.parametrize(
    ("width", "height", "profile", "broken"),
    [
        (500, 300, "amazon", False),
        (499, 499, "amazon", True),
        (100, 100, "google", False),
        (99, 900, "google", True),
        (249, 300, "google-apparel", True),
        (250, 250, "google-apparel", False),
    ],
)
def test_a_picture_must_be_as_large_as_the_marketplace_asks(
    width: int, height: int, profile: str, broken: bool
) -> None:
    signals = listing_signals(of_size(width, height, profile), BEFORE)
    assert score(signals, "listing.size") == float(broken)


def test_what_will_be_too_small_is_told_before_it_is() -> None:
    assert score(listing_signals(of_size(400, 400, "google"), BEFORE), "listing.size_soon") == 1
    assert score(listing_signals(of_size(500, 500, "google"), BEFORE), "listing.size_soon") == 0
    late = listing_signals(of_size(400, 400, "google"), AFTER)
    assert (score(late, "listing.size"), score(late, "listing.size_soon")) == (1, 0)


def test_below_a_thousand_pixels_there_is_no_zoom() -> None:
    assert score(listing_signals(of_size(999, 400)), "listing.zoom") == 1
    assert score(listing_signals(of_size(1000, 400)), "listing.zoom") == 0


def test_a_picture_may_have_too_many_pixels_or_bytes() -> None:
    assert score(listing_signals(of_size(10_001, 40)), "listing.too_many_pixels") == 1
    assert score(listing_signals(of_size(10_000, 40)), "listing.too_many_pixels") == 0
    heavy = subject(photo((300, 300)), GOOGLE, file_size=16_000_001)
    assert score(listing_signals(heavy), "listing.too_many_bytes") == 1


@pytest.mark.parametrize(("kind", "broken"), [("JPEG", 0), ("MPO", 0), ("PNG", 0), ("WEBP", 1), ("BMP", 1)])
def test_only_the_formats_of_the_marketplace_are_taken(kind: str, broken: float) -> None:
    given = replace(subject(photo((200, 200))), facts=FileFacts(kind, "RGB", (200, 200)))
    assert score(listing_signals(given), "listing.format") == broken


def test_moving_turned_and_printing_colour_files_are_told() -> None:
    facts = FileFacts("JPEG", "CMYK", (200, 200), animated=True, rotated=True)
    signals = listing_signals(replace(subject(photo((200, 200))), facts=facts))
    assert [score(signals, f"listing.{name}") for name in ("animated", "rotated", "cmyk")] == [1, 1, 1]


def test_a_good_photo_breaks_no_rule_of_amazon() -> None:
    from t2i_core.abuse.check import verdict_of

    given = subject(photo((1200, 1200)))
    assert verdict_of(listing_signals(given), given.profile).findings == ()


@pytest.mark.parametrize("size", [(1, 1), (2, 3000), (3000, 2), (31, 31)])
def test_pictures_of_odd_shapes_are_judged_too(size: tuple[int, int]) -> None:
    assert score(listing_signals(of_size(*size)), "listing.size") in (0, 1)
