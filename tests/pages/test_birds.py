from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from t2i_core.generate.matcher import Matcher, WordAttention
from t2i_core.settings import Settings
from tests.pages.conftest import Open, captions, chips, draw, finish, made, messages, press

SENTENCE = "a small yellow bird with black <b>wings</b>"
PANEL = "birds_draft_attention"


class WordsByLength:
    """Stands in for a matcher: the longer a word, the more it counts."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[int, int]]] = []

    def attend(self, text: str, image: Image.Image) -> list[WordAttention]:
        self.asked.append((text, image.size))
        words = text.split()
        total = sum(map(len, words))
        return [WordAttention(word, len(word) / total, np.eye(8, dtype=np.float32)) for word in words]


@pytest.fixture
def page(open_page: Open, domains: Path) -> AppTest:
    return open_page("birds")


@pytest.fixture
def matcher(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> WordsByLength:
    """A matcher beside the other models."""
    folder = settings.weights_folder / "damsm-birds"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    stand_in = WordsByLength()
    monkeypatch.setattr(Matcher, "from_pretrained", lambda name: stand_in)
    return stand_in


def opened(page: AppTest) -> AppTest:
    page.session_state[PANEL] = True
    return page.run()


def looked_at(page: AppTest) -> list[str]:
    """What stands under the heat maps."""
    return [caption.value for caption in page.caption if "·" in caption.value]


def test_a_species_can_be_chosen_or_written(page: AppTest) -> None:
    draw(page, "two blue jays", "birds")
    assert chips(page) == ["Species: **Blue Jay**"]
    page.selectbox(key="birds_draft_value_species").set_value("Mallard").run()
    assert chips(page) == ["Species: **Mallard**"]
    finish(press(page, "Draw"), "birds")
    assert made(page, "birds")[0].attributes == {"species": "Mallard"}


def test_words_are_matched_only_once_the_panel_is_opened(page: AppTest, matcher: WordsByLength) -> None:
    draw(page, SENTENCE, "birds")
    assert matcher.asked == []
    assert len(page.image) == 8
    opened(page)
    assert matcher.asked == [(SENTENCE, (32, 32))]
    assert len(page.image) == 8 + 1 + 4
    assert [text.split()[0] for text in looked_at(page)][1:] == ["yellow", "small", "black"]


def test_the_same_picture_is_matched_once(page: AppTest, matcher: WordsByLength) -> None:
    opened(draw(page, SENTENCE, "birds"))
    page.run()
    assert len(matcher.asked) == 1
    page.segmented_control(key=f"{PANEL}_picture").set_value(3).run()
    assert len(matcher.asked) == 2
    assert not page.exception


def test_a_word_of_the_sentence_never_becomes_markup(page: AppTest, matcher: WordsByLength) -> None:
    opened(draw(page, SENTENCE, "birds"))
    (words,) = [block.value for block in page.get("html") if "word-chips" in block.value]  # type: ignore[union-attr]
    assert "&lt;b&gt;wings" in words
    assert "<b>" not in words


def test_a_picture_that_is_gone_from_the_page_is_no_longer_chosen(page: AppTest, matcher: WordsByLength) -> None:
    opened(draw(page, SENTENCE, "birds"))
    page.segmented_control(key=f"{PANEL}_picture").set_value(8).run()
    page.number_input(key="birds_draft_count").set_value(2)
    draw(page, SENTENCE, "birds")
    assert not page.exception
    assert page.segmented_control(key=f"{PANEL}_picture").value == 1


def test_without_a_matcher_it_is_quietly_said(page: AppTest) -> None:
    opened(draw(page, SENTENCE, "birds"))
    assert "The model “damsm-birds”, which tells where words look, is not in the weights folder." in captions(page)
    assert not page.error


def test_a_damaged_matcher_is_told_in_its_panel(page: AppTest, settings: Settings) -> None:
    folder = settings.weights_folder / "damsm-birds"
    folder.mkdir()
    (folder / "config.json").write_text("{")
    opened(draw(page, SENTENCE, "birds"))
    assert "config.json is damaged" in messages(page)
    assert len(page.image) == 8


def test_a_picture_without_a_sentence_has_no_words_to_look_for(page: AppTest, matcher: WordsByLength) -> None:
    page.selectbox(key="birds_draft_value_species").set_value("Mallard").run()
    opened(finish(press(page, "Draw"), "birds"))
    assert "drawn without a sentence" in captions(page)
    assert matcher.asked == []
