from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest
from PIL import Image

from t2i_core.abuse import match
from t2i_core.abuse.match import CATEGORY, COLOUR, Evidence, TitleJudge, match_signals
from t2i_core.abuse.verdict import Signal
from t2i_core.errors import WeightsError
from t2i_core.generate.matcher import Matcher
from tests.abuse.drawn import score, subject
from tests.tiny import BRANDS, SPACE


class _Sees:
    """A matcher that sees one product in every picture, and counts what it reads."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.read_lists = 0

    def pixels(self, images: Sequence[Image.Image]) -> None:
        assert len(images) == 1

    def read(self, texts: Sequence[str]) -> Sequence[str]:
        self.read_lists += 1
        return texts

    def compare(self, texts: Sequence[str], pixels: None) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        odds = [-6 + 6 * sum(word in text for word in self.words) for text in texts]
        return np.array([odds], np.float32)


def judge_of(*words: str) -> TitleJudge:
    return TitleJudge(cast(Matcher, _Sees(*words)), SPACE, BRANDS)


@pytest.fixture
def red_shirt(monkeypatch: pytest.MonkeyPatch) -> TitleJudge:
    """Every picture shows a red shirt."""
    judge = judge_of("Shirts", "Red")
    monkeypatch.setattr(match, "_judge", lambda: judge)
    return judge


def judged(title: str) -> Sequence[Signal]:
    return match_signals(subject(Image.new("RGB", (60, 80)), title=title))


def test_a_title_that_fits_is_believed(red_shirt: TitleJudge) -> None:
    signals = judged("Levis Men Red Shirt")
    assert score(signals, "match.category") < 0.5
    assert score(signals, "match.colour") < 0.5
    assert score(signals, "match.unknown") == 0


def test_another_category_is_named(red_shirt: TitleJudge) -> None:
    signals = judged("Titan Women Red Watch")
    assert score(signals, "match.category") > 0.5
    assert "Shirts rather than Watches" in [signal.detail for signal in signals]


def test_another_colour_in_the_right_category_is_the_colours_fault_alone(red_shirt: TitleJudge) -> None:
    signals = judged("Levis Men Green Shirt")
    assert score(signals, "match.category") < 0.5
    assert score(signals, "match.colour") > 0.5
    assert "Red rather than Green" in [signal.detail for signal in signals]


@pytest.mark.parametrize("title", ["iPhone 15 case", "Fender Telecaster", "зонт", "x"])
def test_titles_of_things_never_learned_are_unknown(red_shirt: TitleJudge, title: str) -> None:
    signals = judged(title)
    assert score(signals, "match.unknown") == 1
    assert score(signals, "match.category") == score(signals, "match.colour") == 0


def test_without_a_title_nothing_is_said(red_shirt: TitleJudge) -> None:
    assert list(judged("  ")) == []


def test_a_title_without_a_colour_is_judged_by_its_category(red_shirt: TitleJudge) -> None:
    signals = judged("Levis Men Shirt")
    assert score(signals, "match.category") < 0.5
    assert score(signals, "match.colour") == 0


def test_the_same_texts_are_read_once(red_shirt: TitleJudge) -> None:
    for _ in range(3):
        judged("Levis Men Red Shirt")
    assert cast(_Sees, red_shirt.matcher).read_lists == 2  # one list of categories, one of colours


def test_the_better_words_fit_the_less_probable_is_a_wrong_title() -> None:
    for weights in (CATEGORY, COLOUR):
        chances = [Evidence("a", share, odds, "a").wrong(weights) for share, odds in ((-9, -9), (-3, 0), (-0.01, 9))]
        assert chances[0] > 0.8 > chances[1] > chances[2]
        assert chances[2] < 0.3
        assert Evidence("a", -1e9, -1e9, "a").wrong(weights) <= 1


def test_shares_add_up_to_one() -> None:
    judge = judge_of("Shirts")
    found = [judge.judge(Image.new("RGB", (9, 9)), f"Red {kind}")[0] for kind in judge.categories]
    assert all(one is not None for one in found)
    assert sum(np.exp(one.share) for one in found if one) == pytest.approx(1, abs=1e-6)


def test_missing_weights_are_said_to_be_missing() -> None:
    with pytest.raises(WeightsError, match="There is no model"):
        TitleJudge.from_pretrained()
