"""Drawing overlays, and training a tiny detector on them."""

import io
import json
from itertools import count, islice
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw

from t2i_core.abuse.overlay import OverlayDetector
from t2i_core.cli import main
from t2i_core.data.catalogue import is_held_out
from t2i_core.errors import DataError, InputError
from t2i_core.models.overlay import OverlayConfig
from t2i_core.training import overlay, overlay_report, overlay_words
from t2i_core.training.loop import LoopConfig
from t2i_core.training.overlay import OverlayRecipe, new_network, read_overlay_recipe, train_overlay
from t2i_core.training.overlay_data import drawn, look, photos
from t2i_core.training.overlay_drawing import Drawn, clean, overlaid, printed
from t2i_core.training.overlay_judging import JUDGING
from t2i_core.training.overlay_layouts import TRAINING, Layout
from t2i_core.training.overlay_words import SAMPLES, Face, Fonts, line
from tests.training.matched import a_lite

PILLOWS = Fonts({"Pillow": [Face(None, frozenset({"latin"}))]})  # as on a machine without fonts
FILE = "shoes.parquet"
RECIPE = OverlayRecipe(
    name="overlay-tiny",
    network=OverlayConfig(image_size=96, hidden=16, dropout=0.0),
    loop=LoopConfig(steps=60, batch=16, lr=5e-3, muon=0.0, warmup=5, ema=0.9, bf16=False),
    photos={FILE: 60},
)


def shirt(number: int = 0) -> Image.Image:
    """A shirt in one of many colours, on white."""
    picture = Image.new("RGB", (144, 192), "white")
    colour = tuple(np.random.default_rng(number).integers(20, 180, 3).tolist())
    ImageDraw.Draw(picture).rectangle((35, 40, 110, 150), fill=colour)
    return picture


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a parquet file of shirts."""
    folder = tmp_path_factory.mktemp("shop")
    ids = [*islice((str(i) for i in count() if not is_held_out(str(i))), 60)]
    ids += islice((str(i) for i in count() if is_held_out(str(i))), 12)
    pq.write_table(pa.Table.from_pylist([_row(number, key) for number, key in enumerate(ids)]), folder / FILE)
    return folder


def _row(number: int, key: str) -> dict[str, object]:
    stored = io.BytesIO()
    shirt(number).save(stored, "PNG")
    return {"id": key, "image": {"bytes": stored.getvalue(), "path": None}}


@pytest.mark.parametrize("layout", [*TRAINING, *JUDGING], ids=lambda layout: layout.__name__)
def test_every_layout_covers_something_and_not_everything(layout: Layout) -> None:
    for seed in range(4):
        found = overlaid(shirt(), Random(seed), PILLOWS, [layout])
        assert 0.004 <= found.covered.mean() <= 0.6
        assert found.layouts == (layout.__name__,)


def test_no_layout_is_trained_and_judged_with() -> None:
    assert not {layout.__name__ for layout in TRAINING} & {layout.__name__ for layout in JUDGING}


def test_what_is_drawn_depends_on_chance_alone() -> None:
    drawings = [
        [overlaid(shirt(), Random(seed), PILLOWS, TRAINING).picture.tobytes() for seed in (1, 1, 2)],
        [clean(shirt(), Random(seed), PILLOWS).picture.tobytes() for seed in (1, 1, 2)],
    ]
    for one, same, other in drawings:
        assert one == same
        assert one != other


def test_a_clean_photo_has_nothing_covered_even_with_a_print() -> None:
    for seed in range(5):
        found = clean(shirt(), Random(seed), PILLOWS, print_share=1.0)
        assert not found.covered.any()
        assert not found.layouts


def test_a_print_stays_on_the_product() -> None:
    plain = shirt().resize((288, 384))
    changed = 0.0
    for seed in range(6):
        step = np.abs(np.asarray(printed(plain, Random(seed), PILLOWS)).astype(int) - np.asarray(plain)).max(axis=2)
        assert step[:70].max() == 0
        assert step[:, :60].max() == 0
        changed += float((step > 20).mean())
    assert changed / 6 > 0.005


def test_a_picture_is_no_larger_than_its_photo() -> None:
    assert max(overlaid(shirt(), Random(0), PILLOWS, TRAINING).picture.size) <= 192


def test_without_installed_fonts_pillows_own_is_drawn_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay_words, "_families", dict)
    for held_out in (False, True):
        fonts = Fonts.installed(held_out=held_out)
        assert fonts.scripts == ("latin",)
        assert overlaid(shirt(), Random(0), fonts, TRAINING).covered.any()


def test_a_family_of_fonts_is_trained_or_judged_with_but_never_both() -> None:
    training, judging = (set(Fonts.installed(held_out=side).families) for side in (False, True))
    assert not (training & judging) - {"Pillow"}


def test_lines_are_written_in_the_script_that_was_asked_for() -> None:
    random = Random(0)
    for script in SAMPLES:
        lines = [line(random, script) for _ in range(60)]
        assert len(set(lines)) > 20
        assert any(ord(c) > 0x2FF for text in lines for c in text if c not in "€") == (script != "latin")


def test_photos_of_either_side_are_drawn_by_a_seed(shop: Path) -> None:
    some = photos([shop], {FILE: 20}, held_out=False)
    assert [photo.id for photo in some] == [photo.id for photo in photos([shop], {FILE: 20}, held_out=False)]
    assert len(some) == 20
    assert not any(is_held_out(photo.id) for photo in some)
    assert len(photos([shop], {FILE: 99}, held_out=True)) == 12
    with pytest.raises(DataError, match="no photo"):
        photos([shop], {}, held_out=True)


def test_what_is_seen_is_kept_with_the_places_that_are_covered(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlay, "encoder_of_wheel", a_lite)
    network, some = new_network(RECIPE), photos([shop], {FILE: 5}, held_out=False)

    def draw(photo: Image.Image, random: Random) -> Drawn:
        return overlaid(photo, random, PILLOWS, TRAINING)

    found = look(network, some, draw, "overlaid", tmp_path)
    assert found.overlaid.tolist() == [1.0] * 5
    assert found.covered.shape == (5, 6, 6)
    assert 0 < found.covered.mean() < 1
    again = look(network, some, lambda *_: pytest.fail("was kept"), "overlaid", tmp_path)
    assert again.covered.equal(found.covered)
    cells = drawn(some[0], draw, "overlaid").covered.mean() * 3 / 4  # the square is wider than the picture
    assert float(found.covered[0].mean()) == pytest.approx(cells, abs=0.03)


@pytest.fixture(scope="module")
def trained(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlay, "encoder_of_wheel", a_lite)
        patch.setattr(overlay_words, "_families", dict)
        patch.setattr(overlay_report, "PRODUCTS", {FILE: 12})
        train_overlay(RECIPE, [shop], folder / "overlay", cache=folder / "cache")
    return folder / "overlay"


def test_training_writes_a_model_that_tells_overlays_from_clean_photos(trained: Path, shop: Path) -> None:
    detector = OverlayDetector.from_pretrained(str(trained))
    bare = [detector.judge(shirt(900 + number)).probability for number in range(8)]
    having = [
        detector.judge(overlaid(shirt(900 + number), Random(number), PILLOWS, TRAINING).picture).probability
        for number in range(8)
    ]
    assert np.mean(having) > np.mean(bare) + 0.15


def test_the_folder_says_what_was_measured_and_keeps_to_its_size(trained: Path) -> None:
    config = json.loads((trained / "config.json").read_text())
    assert config["model"] == "overlay"
    assert config["measured"]["photos"] == 12
    assert 0 <= config["measured"]["auroc"]["low"] <= config["measured"]["auroc"]["value"] <= 1
    card = (trained / "README.md").read_text()
    assert "t2i train overlay" in card
    assert "overlay: recall at 2 % false alarms" in card
    assert (trained / "model.safetensors").stat().st_size < 8e6


def test_the_shipped_recipe_is_read_and_others_are_refused() -> None:
    recipe = read_overlay_recipe("overlay", ["loop.batch=7"])
    assert recipe.loop.batch == 7
    assert recipe.network.cells == 12
    with pytest.raises(InputError, match="not the recipe of an overlay detector"):
        read_overlay_recipe("birds")
    with pytest.raises(InputError, match="does not know speed"):
        read_overlay_recipe("overlay", ["network.speed=3"])


def test_a_detector_cannot_be_resumed(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "overlay", "--data", str(shop), "--out", str(tmp_path / "x"), "--resume"]) == 2
    assert "in one go" in capsys.readouterr().err
