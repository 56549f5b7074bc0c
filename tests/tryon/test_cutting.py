import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import binary_dilation, binary_fill_holes

from t2i_core.data.parts import BAG, DRESS, UPPER
from t2i_core.tryon.cutting import cut_garment, cut_worn
from t2i_core.tryon.figure import LEFT, RIGHT
from t2i_core.tryon.flatten import flattened
from t2i_core.tryon.garment import Garment, Slot
from t2i_core.tryon.pose import Sighted
from t2i_core.tryon.problems import GarmentNotFound, TooSmall
from t2i_core.tryon.wardrobe import WARDROBE, Drawn
from t2i_core.tryon.warp_lower import legs_apart
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Reader


def cut(picture: Image.Image, slot: Slot) -> Garment:
    return cut_garment(picture, slot, Finder(), Reader())  # type: ignore[arg-type]


def test_a_shirt_on_white_is_cut_out_whole() -> None:
    picture = made_up.shirt()
    garment = cut(picture, "upper")
    there = (np.asarray(picture) != 255).any(2)
    assert not garment.worn
    assert ((garment.alpha > 0.5) == there).mean() > 0.985


def test_a_white_shirt_with_a_grey_edge_is_filled() -> None:
    picture = made_up.shirt((225, 225, 225))
    inside = np.asarray(picture).copy()
    inside[100:130, 100:140] = 255
    garment = cut(Image.fromarray(inside), "upper")
    assert garment.alpha[110:120, 110:130].min() > 0.9


def test_a_dark_shirt_takes_no_light_rim_along() -> None:
    picture = made_up.shirt((20, 20, 24)).resize((200, 200), Image.Resampling.BICUBIC)
    garment = cut(picture, "upper")
    assert np.median(garment.pixels[(garment.alpha > 0.05) & (garment.alpha < 0.95)].max(1)) < 60


def test_what_compression_leaves_beside_a_dark_shirt_does_not_fray_it() -> None:
    clean = made_up.shirt((20, 20, 24))
    file = io.BytesIO()
    clean.save(file, "JPEG", quality=30)
    there = (np.asarray(clean) != 255).any(2)
    found = cut(Image.open(file).convert("RGB"), "upper").alpha > 0.1
    beside = ~binary_dilation(there, iterations=2)
    assert (found & beside).sum() < 15  # specks that the threshold alone lets in: hundreds
    assert found[there].mean() > 0.97


def test_light_stripes_of_a_dark_shirt_are_cloth_up_to_the_edge() -> None:
    pixels = np.asarray(made_up.shirt((30, 50, 110))).copy()
    there = (pixels != 255).any(2)
    stripes = there & (np.arange(len(pixels))[:, None] // 14 % 2 == 0)
    pixels[stripes] = (234, 234, 232)
    assert (cut(Image.fromarray(pixels), "upper").alpha > 0.5)[stripes].mean() > 0.93


def test_its_shoulders_are_found_where_they_were_drawn() -> None:
    figure = cut(made_up.shirt(), "upper").figure
    for side, x in ((RIGHT, 31), (LEFT, 69)):
        assert abs(figure.shoulders[side, 0] / 2.4 - x) < 5
        assert 12 < figure.shoulders[side, 1] / 2.4 < 24


@pytest.mark.parametrize("name", ["Red T-shirt", "Green pullover", "Striped T-shirt"])
def test_a_flat_top_lies_on_a_body_as_a_worn_one_does(name: str) -> None:
    garment = cut(next(drawn for drawn in WARDROBE if drawn.name == name).draw(), "upper")
    figure, there = garment.figure, garment.alpha > 0.5
    for side in (RIGHT, LEFT):
        x = round(float(0.35 * figure.top[0] + 0.65 * figure.shoulders[side, 0]))
        above = figure.shoulders[side, 1] - np.flatnonzero(there[:, x])[0]
        assert 0.15 < above / figure.span < 0.28  # people's tops: 0.18 to 0.26
    hem = figure.below(np.array([figure.seat[0], np.flatnonzero(there.any(1))[-1]], np.float32))
    assert 0.95 < hem < 1.25


def test_a_long_sleeve_reaches_the_wrist() -> None:
    figure = cut(made_up.shirt(long=True), "upper").figure
    wrist = figure.arms[RIGHT][2] / 2.4
    assert abs(wrist[0] - 9.5) < 6
    assert abs(wrist[1] - 77) < 7


def test_trousers_have_legs_and_a_skirt_has_none() -> None:
    long, hanging = cut(made_up.trousers(), "lower"), cut(made_up.skirt(), "lower")
    apart = legs_apart(long.alpha > 0.5, long.figure)
    assert apart is not None
    assert abs(apart / 2.4 - 34) < 12
    assert legs_apart(hanging.alpha > 0.5, hanging.figure) is None


def test_what_somebody_wears_is_cut_out_by_its_parts() -> None:
    known = made_up.person()
    garment = cut_garment(known.photo, "upper", Finder([known]), Reader([known]))  # type: ignore[arg-type]
    assert garment.worn
    there = known.parts == 3
    assert ((garment.alpha > 0.5) == there).mean() > 0.97


def test_the_ground_between_arm_and_body_is_no_cloth_though_the_parser_takes_it_for_some() -> None:
    known = made_up.person()
    photo, parts = np.asarray(known.photo).copy(), known.parts.copy()
    photo[parts == 0] = 255
    shirt, rows = parts == UPPER, np.arange(len(parts))[:, None] / len(parts) * 3
    photo[shirt] = (150, 30, 40)
    gap = (parts == 0) & (rows > 0.9) & (rows < 1.15) & binary_fill_holes((parts != 0) | (rows > 1.15))
    assert gap.sum() > 50
    there = made_up.Known(Image.fromarray(photo), known.poses, np.where(gap, UPPER, parts).astype(np.uint8))
    garment = cut_garment(there.photo, "upper", Finder([there]), Reader([there]))  # type: ignore[arg-type]
    assert (garment.alpha > 0.5)[gap].mean() < 0.1
    assert (garment.alpha > 0.5)[shirt].mean() > 0.9


def test_a_worn_pale_shirt_with_a_dark_print_is_not_taken_for_ground() -> None:
    known = made_up.person()
    photo, shirt = np.asarray(known.photo).copy(), known.parts == UPPER
    photo[known.parts == 0] = 255
    pale = shirt & (np.arange(len(photo))[:, None] // 8 % 2 == 0)
    photo[shirt], photo[pale] = (60, 40, 50), (248, 246, 247)
    there = made_up.Known(Image.fromarray(photo), known.poses, known.parts)
    garment = cut_garment(there.photo, "upper", Finder([there]), Reader([there]))  # type: ignore[arg-type]
    assert (garment.alpha > 0.5)[shirt].mean() > 0.95


def test_somebody_without_a_dress_wears_none() -> None:
    known = made_up.person()
    naked = known.parts.copy()
    naked[(naked == 3) | (naked == 4)] = 2
    parsed = Reader([made_up.Known(known.photo, known.poses, naked)]).parse(known.photo, Sighted(known.poses[0]))
    assert cut_worn(known.photo, "dress", Sighted(known.poses[0]), parsed) is None


def with_parts(known: made_up.Known, parts: np.ndarray, slot: Slot) -> Garment:
    there = made_up.Known(known.photo, known.poses, parts)
    return cut_garment(known.photo, slot, Finder([there]), Reader([there]))  # type: ignore[arg-type]


def test_a_chest_that_is_taken_for_a_dress_belongs_to_the_top() -> None:
    known = made_up.person()
    parts, top = known.parts.copy(), known.parts == UPPER
    first, last = np.flatnonzero(top.any(1))[[0, -1]]
    chest = top & (np.arange(len(top))[:, None] < first + 0.3 * (last - first))
    parts[chest] = DRESS
    assert (with_parts(known, parts, "upper").alpha > 0.5)[top].mean() > 0.9


def test_nobody_is_cut_out_with_a_garment_that_cannot_be_told_from_the_rest() -> None:
    known = made_up.person()
    parts = known.parts.copy()
    parts[parts == UPPER] = BAG
    with pytest.raises(GarmentNotFound, match="could not be told"):
        with_parts(known, parts, "upper")


def test_a_worn_garment_can_be_laid_flat() -> None:
    known = made_up.person()
    garment = cut_garment(known.photo, "upper", Finder([known]), Reader([known]))  # type: ignore[arg-type]
    flat = flattened(garment)
    assert 0.6 < flat.alpha.sum() / garment.alpha.sum() < 1.6


def test_a_busy_picture_holds_no_garment() -> None:
    with pytest.raises(GarmentNotFound):
        cut(made_up.noise(), "upper")


def test_an_empty_picture_holds_no_garment() -> None:
    with pytest.raises(GarmentNotFound, match="stands out"):
        cut(Image.new("RGB", (200, 200), "white"), "upper")


def test_a_thumbnail_is_too_small() -> None:
    with pytest.raises(TooSmall, match="32 x 32"):
        cut(Image.new("RGB", (32, 32)), "upper")


@pytest.mark.parametrize("drawn", WARDROBE, ids=lambda drawn: drawn.name)
def test_a_garment_of_the_wardrobe_is_cut_out_and_stands_upright(drawn: Drawn) -> None:
    picture = drawn.draw()
    garment = cut(picture, drawn.slot)
    assert garment.alpha.mean() > 0.1
    assert abs(garment.figure.top[0] - picture.width / 2) < 0.03 * picture.width
    assert garment.figure.top[1] < garment.figure.seat[1]


def test_the_flare_of_a_dress_is_no_sleeve() -> None:
    dress = next(drawn for drawn in WARDROBE if drawn.slot == "dress")
    figure = cut(dress.draw(), "dress").figure
    assert figure.arms[RIGHT][1][1] < figure.seat[1]
