import numpy as np
import pytest
from PIL import Image

from t2i_core.generate.matcher import WordAttention
from t2i_core.ui.heat import SIDE, heat_over, strongest, word_chips

GREY = Image.new("RGB", (64, 64), (100, 100, 100))


def word(text: str, weight: float = 0.5, at: tuple[int, int] | None = None) -> WordAttention:
    look = np.zeros((8, 8), np.float32)
    if at:
        look[at] = 1
    return WordAttention(text, weight, look)


def test_the_heaviest_words_come_first_without_little_words_and_punctuation() -> None:
    words = [word("the", 0.4), word(",", 0.3), word("wings", 0.1), word("black", 0.2)]
    assert [found.word for found in strongest(words, 4)] == ["black", "wings"]
    assert [found.word for found in strongest(words, 1)] == ["black"]


def test_a_picture_is_lit_where_the_word_looks_and_nowhere_else() -> None:
    lit = np.asarray(heat_over(GREY, word("beak", at=(1, 6))), int)
    assert lit.shape == (SIDE, SIDE, 3)
    middle = round(6.5 * SIDE / 8), round(1.5 * SIDE / 8)
    assert lit[middle[1], middle[0], 0] > 150
    assert (lit[SIDE // 2 :, : SIDE // 2] == 100).all()


def test_a_word_that_looks_nowhere_leaves_the_picture_as_it_is() -> None:
    assert (np.asarray(heat_over(GREY, word("beak"))) == 100).all()


def test_a_heavier_word_has_a_stronger_background() -> None:
    heavy, light = word_chips([word("black", 0.8), word("bird", 0.2)]).split("</span>")[:2]
    assert "rgb(15 118 110 / 65%)" in heavy
    assert "rgb(15 118 110 / 20%)" in light
    assert "80% of the match" in heavy


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '" onclick="x', "a & b"])
def test_no_word_becomes_markup(text: str) -> None:
    chips = word_chips([word(text)])
    assert text not in chips
    assert chips.count("<span") == chips.count("</span>") == 1


def test_no_words_and_no_weight_are_drawn_too() -> None:
    assert word_chips([]) == '<div class="word-chips"></div>'
    assert "5%" in word_chips([word("black", 0.0)])
