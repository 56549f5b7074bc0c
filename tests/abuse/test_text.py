import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from t2i_core.abuse import text
from t2i_core.abuse.ocr import Line, read_lines
from t2i_core.abuse.rules import RULES
from t2i_core.abuse.text import text_signals
from t2i_core.abuse.verdict import Signal
from tests.abuse.drawn import score, subject

FONT = ImageFont.load_default(44)


def shirt(size: int = 600) -> Image.Image:
    """A blue shirt on white, its rim free."""
    picture = Image.new("RGB", (size, size), "white")
    ImageDraw.Draw(picture).rectangle((150, 120, 450, 480), fill="#27508a")
    return picture


def written(picture: Image.Image, words: str, place: tuple[int, int], colour: str = "black") -> Image.Image:
    picture = picture.copy()
    ImageDraw.Draw(picture).text(place, words, colour, FONT)
    return picture


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """What the reader is made to say."""
    lines: list[Line] = []
    monkeypatch.setattr(text, "read_lines", lambda pixels: lines)
    return lines


def judged(picture: Image.Image) -> list[Signal]:
    return list(text_signals(subject(picture)))


def test_lines_come_with_their_words_and_places() -> None:
    (line,) = read_lines(np.asarray(written(shirt(), "Hello 123", (180, 30))))
    assert line.text.replace(" ", "") == "Hello123"
    assert line.confidence > 0.8
    assert 160 < line.box[0] < 200
    assert 20 < line.box[1] < 50
    assert line.height < 70


def test_a_picture_without_text_has_no_lines() -> None:
    assert read_lines(np.asarray(shirt())) == []


def test_small_and_long_pictures_are_read() -> None:
    assert read_lines(np.full((20, 20, 3), 255, np.uint8)) == []
    assert read_lines(np.full((12, 900, 3), 255, np.uint8)) == []


def test_an_advertisement_over_a_photo_is_reported_with_its_place() -> None:
    signals = judged(written(shirt(), "SALE 50% OFF", (150, 30)))
    assert score(signals, "text.promo") > 0.8
    assert score(signals, "text.discount") > 0.8
    assert score(signals, "text.off_product") > 0.8
    assert score(signals, "text.price") == 0
    (promo,) = [signal for signal in signals if signal.rule == "text.promo"]
    assert promo.box is not None
    assert promo.box.bottom < 110
    assert promo.detail == "sale"


def test_the_print_of_a_shirt_is_no_abuse() -> None:
    signals = judged(written(shirt(), "ROUTE 66", (190, 250), "white"))
    assert all(signal.score < RULES[signal.rule].threshold for signal in signals)


def test_a_print_that_advertises_is_abuse() -> None:
    assert score(judged(written(shirt(), "$19.99", (220, 250), "white")), "text.price") > 0.8


def test_the_print_of_a_white_shirt_on_white_is_on_it(reading: list[Line]) -> None:
    picture = Image.new("RGB", (600, 600), "white")
    ImageDraw.Draw(picture).rectangle((150, 120, 450, 480), outline="#888888", width=12)
    reading.append(Line("ROUTE 66", 0.9, (220, 250, 380, 300)))
    assert score(judged(picture), "text.off_product") == 0


def test_text_on_a_badge_beside_the_product_is_off_it(reading: list[Line]) -> None:
    picture = shirt()
    ImageDraw.Draw(picture).rectangle((20, 500, 140, 580), fill="red")
    reading.append(Line("Anything", 0.9, (30, 520, 130, 560)))
    assert score(judged(picture), "text.off_product") > 0.5


def test_text_on_a_banner_that_touches_the_product_is_off_it(reading: list[Line]) -> None:
    picture = shirt()
    ImageDraw.Draw(picture).rectangle((0, 430, 600, 520), fill="red")
    reading.append(Line("Anything", 0.9, (180, 455, 420, 495)))
    assert score(judged(picture), "text.off_product") > 0.5


def test_on_a_busy_ground_nobody_can_tell_what_is_beside_the_product(reading: list[Line]) -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 300, 3)).astype(np.uint8))
    reading.append(Line("Anything", 0.9, (20, 20, 200, 60)))
    assert score(judged(picture), "text.off_product") == 0


def test_what_cannot_be_read_counts_less_and_least_where_it_is_no_line(reading: list[Line]) -> None:
    wide, tall = Line("", 0.2, (20, 20, 220, 60)), Line("", 0.2, (20, 20, 60, 90))
    found = []
    for line in (Line("Anything", 1.0, wide.box), wide, tall):
        reading[:] = [line]
        found.append(score(judged(shirt()), "text.off_product"))
    assert found[0] > found[1] > 0.5 > found[2] > 0


def test_words_that_advertise_only_together_are_put_together(reading: list[Line]) -> None:
    reading += [Line("BUY 1", 0.9, (20, 20, 160, 60)), Line("GET 1", 0.9, (20, 64, 160, 104))]
    (found,) = [signal for signal in judged(shirt()) if signal.rule == "text.discount"]
    assert found.score > 0.8
    assert found.box is not None
    assert (found.box.top, found.box.bottom) == (20, 104)


def test_a_doubtful_word_counts_beside_the_product_only(reading: list[Line]) -> None:
    reading.append(Line("NEW", 1.0, (20, 20, 120, 60)))
    beside = score(judged(shirt()), "text.promo")
    reading[:] = [Line("NEW", 1.0, (220, 250, 380, 300))]
    assert beside >= 0.5 > score(judged(shirt()), "text.promo") > 0


def test_every_rule_is_judged_once_where_nothing_is_wrong(reading: list[Line]) -> None:
    signals = judged(shirt())
    assert sorted(signal.rule for signal in signals) == sorted((*text.RULES, "code.qr", "code.barcode"))
    assert {signal.score for signal in signals} == {0.0}
