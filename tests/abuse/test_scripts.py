import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from t2i_core.abuse import ocr, scripts
from t2i_core.abuse.promo import find_hits
from t2i_core.abuse.scripts import GAP, HEIGHT, languages, read_scripts

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
FONTS = {
    "kor": ("truetype/nanum/NanumGothicBold.ttf", "opentype/noto/NotoSansCJK-Bold.ttc"),
    "rus": ("truetype/dejavu/DejaVuSans-Bold.ttf",),
}


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    languages.cache_clear()
    yield
    languages.cache_clear()


def strip(value: int = 255) -> NDArray[np.uint8]:
    return np.full((40, 200, 3), value, np.uint8)


def word(text: str, row: int, left: int = 40, sure: float = 96.0) -> str:
    top = GAP + row * (HEIGHT + GAP) + 4
    return f"5\t1\t1\t1\t{row}\t1\t{left}\t{top}\t90\t40\t{sure}\t{text}\n"


@pytest.fixture
def saying(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rows of the table that a Tesseract of this test's making gives."""
    rows: list[str] = []
    monkeypatch.setattr(scripts, "languages", lambda: ("kor", "rus", "eng"))
    monkeypatch.setattr(scripts, "_run", lambda command, data: HEAD + "".join(rows))
    return rows


def test_every_line_gets_its_own_words_from_left_to_right(saying: list[str]) -> None:
    saying += [word("배송", 0, left=140), word("무료", 0), word("СКИДКА", 2)]
    assert read_scripts([strip()] * 3) == [("무료 배송", 0.96), None, ("СКИДКА", 0.96)]


def test_what_is_no_other_script_or_not_sure_is_left_to_the_first_reader(saying: list[str]) -> None:
    saying += [word("SALE", 0), word("무료배송", 1, sure=30), word("가", 2), word('"50%', 3)]
    assert read_scripts([strip()] * 4) == [None] * 4


def test_without_tesseract_nothing_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert languages() == ()
    assert read_scripts([strip()]) == [None]


def test_a_tesseract_that_fails_or_hangs_costs_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(command: Sequence[str], data: bytes) -> str:
        raise subprocess.TimeoutExpired(command, 20)

    monkeypatch.setattr(shutil, "which", lambda name: "/bin/tesseract")
    monkeypatch.setattr(scripts, "_run", fails)
    assert languages() == ()
    monkeypatch.setattr(scripts, "languages", lambda: ("kor",))
    assert read_scripts([strip()]) == [None]


def test_light_letters_on_dark_are_turned_round() -> None:
    dark = strip(20)
    dark[15:25, 50:150] = 240
    turned = np.asarray(scripts._strip(dark))
    assert turned[0, 0] > 200
    assert turned[HEIGHT // 2, turned.shape[1] // 2] < 60


def test_spaces_that_are_not_there_hide_no_korean() -> None:
    assert find_hits("한 정 수 량")[0].rule == "text.promo"


@pytest.mark.parametrize(
    ("script", "said", "wanted"), [("kor", "무료배송", "무료배송"), ("rus", "РАСПРОДАЖА", "распродажа")]
)
def test_korean_and_russian_advertising_is_read(script: str, said: str, wanted: str) -> None:
    font = next((path for name in FONTS[script] if (path := Path("/usr/share/fonts") / name).is_file()), None)
    if script not in languages() or font is None:
        pytest.skip(f"needs Tesseract with “{script}”, and a font of that script")
    picture = Image.new("RGB", (600, 400), "white")
    ImageDraw.Draw(picture).text((60, 150), said, "#c00020", ImageFont.truetype(font, 64))
    (line,) = ocr.read_lines(np.asarray(picture))
    assert wanted in [hit.said for hit in find_hits(line.text)]
