from itertools import product
from pathlib import Path
from typing import cast

import pytest
from PIL import Image

from t2i_core.abuse.match import Evidence, TitleJudge
from t2i_core.data.catalogue import is_held_out
from t2i_core.data.domain import Item
from t2i_core.errors import DataError
from t2i_core.images import png_bytes
from t2i_core.training import match_report
from t2i_core.training.match_report import evaluate_titles, fit_match, try_titles

KINDS, COLOURS = ("Shirts", "Watches", "Belts"), ("Red", "Blue")
SHADES = {"Red": (250, 0, 0), "Blue": (0, 0, 250)}


class _Judge:
    """Knows the category by the picture's width and the colour by its pixels; each label is the title's word."""

    categories, colours = KINDS, COLOURS

    def judge(self, image: Image.Image, title: str) -> tuple[Evidence | None, Evidence | None]:
        colour, kind = title.split()
        if kind == "Unknown":
            return None, None
        return _said(kind, kind == KINDS[image.width // 10 - 1]), _said(
            colour, image.getpixel((0, 0)) == SHADES[colour]
        )


def _said(value: str, fits: bool) -> Evidence:
    return Evidence(value, -0.1 if fits else -6, 3 if fits else -3, value)


JUDGE = cast(TitleJudge, _Judge())


def items(count: int = 120) -> list[Item]:
    made = []
    for number in range(count):
        kind, colour = list(product(KINDS, COLOURS))[number % 6]
        image = Image.new("RGB", (10 * (KINDS.index(kind) + 1), 8), SHADES[colour])
        labels = {"category": kind, "colour": colour}
        made.append(Item(str(number), f"{colour} {kind}", labels, image=png_bytes(image, {})))
    return made


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder whose products are `items()`."""
    monkeypatch.setattr(match_report, "find_domain", lambda name: _Domain())
    (tmp_path / match_report.FILE).write_bytes(b"")
    return tmp_path


class _Domain:
    def items(self, paths: list[Path]) -> list[Item]:
        return items()


def test_a_judge_that_is_always_right_measures_as_one(shop: Path) -> None:
    report = evaluate_titles(JUDGE, [shop])
    assert report.category.value == report.colour.value == 1
    assert report.unknown == 0
    assert report.pictures == sum(is_held_out(item.id) for item in items())
    assert "AUROC of a wrong colour" in str(report)


def test_wrong_titles_are_of_another_category_or_of_the_same_in_another_colour() -> None:
    category, colour, unknown = try_titles(JUDGE, items(30), seed=0)
    assert unknown == 0
    assert all(one.share > -1 for one in (*category.right, *colour.right))
    assert all(one.share < -1 for one in (*category.wrong, *colour.wrong))
    assert len(category.right) == len(category.wrong) == 30


def test_titles_that_cannot_be_judged_are_counted_apart() -> None:
    strange = Item("x", "Red Unknown", {"category": "Shirts", "colour": "Red"}, image=items(1)[0].image)
    assert try_titles(JUDGE, [*items(12), strange], seed=0)[2] == 1


def test_fitted_weights_call_bad_evidence_wrong(shop: Path) -> None:
    for weights in fit_match(JUDGE, [shop]):
        assert Evidence("a", -6, -3, "a").wrong(weights) > 0.9
        assert Evidence("a", -0.1, 3, "a").wrong(weights) < 0.1


def test_products_of_a_single_category_leave_nothing_to_compare() -> None:
    alike = [item for item in items() if item.labels["category"] == "Shirts"]
    with pytest.raises(DataError, match="several categories"):
        try_titles(JUDGE, alike, seed=0)


def test_files_without_a_product_to_judge_are_refused(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Domain, "items", lambda self, paths: [])
    with pytest.raises(DataError, match="no product"):
        evaluate_titles(JUDGE, [shop])
