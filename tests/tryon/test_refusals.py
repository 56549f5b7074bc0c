"""What the shipped networks make of pictures that try-on must refuse."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from t2i_core.settings import Settings, get_settings
from t2i_core.tryon.dress import Dresser
from t2i_core.tryon.mannequin import draw
from t2i_core.tryon.person import require
from t2i_core.tryon.problems import GarmentNotFound, HeadOnly, NoPerson, SeveralPeople, TooSmall
from t2i_core.tryon.wardrobe import WARDROBE, Drawn
from tests.tryon import made_up


@pytest.fixture
def dresser(settings: Settings, monkeypatch: pytest.MonkeyPatch, repository: Path) -> Dresser:
    """With the networks that come with the studio."""
    if not (repository / "weights" / "pose" / "config.json").is_file():
        pytest.skip("the shipped networks are not here")
    monkeypatch.setenv("T2I_WEIGHTS", str(repository / "weights"))
    get_settings.cache_clear()
    return Dresser.from_pretrained()


@pytest.fixture(scope="module")
def mannequin() -> Image.Image:
    return draw(768)[0]


def on_ground(pictures: list[Image.Image], size: tuple[int, int]) -> Image.Image:
    """Pictures beside each other on the mannequin's own ground."""
    canvas = Image.new("RGB", size, (228, 226, 222))
    for place, picture in enumerate(pictures):
        canvas.paste(picture, (place * size[0] // len(pictures), 0))
    return canvas


def test_the_mannequin_itself_is_taken(dresser: Dresser, mannequin: Image.Image) -> None:
    person = dresser.see(mannequin)
    require(person, "dress")


@pytest.mark.parametrize("colour", ["black", "white", (90, 140, 60)])
def test_an_even_picture_shows_nobody(dresser: Dresser, colour: str) -> None:
    with pytest.raises(NoPerson):
        dresser.see(Image.new("RGB", (400, 600), colour))


@pytest.mark.parametrize("drawn", WARDROBE, ids=lambda drawn: drawn.name)
def test_a_garment_is_nobody_to_dress(dresser: Dresser, drawn: Drawn) -> None:
    with pytest.raises((NoPerson, HeadOnly, TooSmall)):
        dresser.see(drawn.draw())


def test_two_mannequins_are_two_people_and_a_point_chooses_one(dresser: Dresser, mannequin: Image.Image) -> None:
    both = on_ground([mannequin, mannequin], (1024, 768))
    with pytest.raises(SeveralPeople, match="2 people") as refused:
        dresser.see(both)
    assert len(refused.value.boxes) == 2
    right = dresser.see(both, at=(768, 380))
    assert right.pose.points[1, 0] > 512


def test_a_head_alone_is_refused(dresser: Dresser, mannequin: Image.Image) -> None:
    head = mannequin.crop((156, 20, 356, 190)).resize((400, 340))
    with pytest.raises((HeadOnly, NoPerson)):
        require(dresser.see(head), "upper")


def test_somebody_far_away_is_refused(dresser: Dresser, mannequin: Image.Image) -> None:
    tiny = Image.new("RGB", (300, 300), (228, 226, 222))
    tiny.paste(mannequin.resize((42, 63), Image.Resampling.LANCZOS), (130, 120))
    with pytest.raises((TooSmall, NoPerson)):
        dresser.see(tiny)


def test_a_photo_to_the_waist_is_refused_for_trousers(dresser: Dresser, mannequin: Image.Image) -> None:
    with pytest.raises(HeadOnly, match="legs"):
        require(dresser.see(mannequin.crop((0, 0, 512, 350))), "lower")


@pytest.mark.parametrize("slot", ["upper", "lower", "dress"])
def test_noise_holds_no_garment(dresser: Dresser, slot: str) -> None:
    with pytest.raises(GarmentNotFound):
        dresser.cut(made_up.noise(), slot)  # type: ignore[arg-type]


def test_a_refusal_never_leaves_the_photo_half_edited(dresser: Dresser, mannequin: Image.Image) -> None:
    before = np.asarray(mannequin).copy()
    with pytest.raises(GarmentNotFound):
        dresser.dress(mannequin, {"upper": made_up.noise()})
    assert np.array_equal(before, np.asarray(mannequin))
