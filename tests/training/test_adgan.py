import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from t2i_core.errors import DataError, InputError
from t2i_core.models.adgan import AdganConfig, AdganGenerator, Drawn
from t2i_core.models.skinning import carry
from t2i_core.training import adgan_data, transfer_report, transfer_sheet
from t2i_core.training.adgan import (
    AdganRecipe,
    AdganTask,
    SeenConfig,
    cast_of,
    forgetful,
    new_task,
    read_adgan_recipe,
    train_adgan,
)
from t2i_core.training.adgan_data import ARRAYS, Cast, Shot, deepfashion_cast, kept_cast
from t2i_core.training.adgan_losses import DrawnLoss, LossWeights, gram, layout_loss
from t2i_core.training.adgan_pairs import made_sources, mirrored, people_of, posed
from t2i_core.training.checkpoint import export_averaged, kind_of_run
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.transfer_card import LEARNED_BY, changes, transfer_card, write_transfer_card
from t2i_core.training.transfer_report import WAYS, TransferReport, evaluate_transfer
from t2i_core.tryon.appearance import of_person
from t2i_core.tryon.dress import Dresser
from t2i_core.tryon.mannequin import mannequin
from t2i_core.tryon.parsing import Parser
from t2i_core.tryon.stances import STANCES, stance
from t2i_core.tryon.transfer import Transfer
from tests.data.test_deepfashion import write
from tests.tryon.made_up import Finder, Reader

SIZE = 64, 40
TINY = AdganConfig(height=64, width=40, code=8, textures=(8, 8), widths=(16, 16), blocks=1, fused=16)
PLAIN = LossWeights(perceptual=0.0)
LOOP = LoopConfig(steps=4, batch=2, lr=1e-3, warmup=0, decay=0.0, bf16=False, log_every=2)


class Eye(torch.nn.Module):
    """Stands for the frozen features, which come with the `train` extra."""

    def columns(self, x: torch.Tensor) -> list[torch.Tensor]:
        return [torch.nn.functional.avg_pool2d(x, 8)]

    def forward(self, guess: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
        return (guess - clean).square().mean()


@pytest.fixture(scope="module")
def cast() -> Cast:
    """The mannequin in every stance."""
    looks = [of_person(stance(name), SIZE) for name in STANCES]
    pixels, parts, joints = (np.stack([getattr(look, name) for look in looks]) for name in ARRAYS)
    return Cast(pixels, parts, joints)


def recipe(**changes: object) -> AdganRecipe:
    return replace(AdganRecipe("transfer", "people", TINY, PLAIN, LOOP), **changes)  # type: ignore[arg-type]


def lines(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("name", ["people-adgan", "deepfashion-adgan"])
def test_the_shipped_recipes_fit_together(name: str) -> None:
    read = read_adgan_recipe(name)
    assert read.network.height * 11 == read.network.width * 16
    assert read.weights.adversarial == (name == "deepfashion-adgan")


@pytest.mark.parametrize(
    ("override", "said"),
    [("network.height=130", "multiples"), ("data=cats", "deepfashion"), ("weights.magic=1", "magic"), ("x=1", "x")],
)
def test_a_recipe_that_makes_no_sense_says_why(override: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_adgan_recipe("people-adgan", [override])


def test_the_recipe_of_another_model_is_refused() -> None:
    with pytest.raises(InputError, match="not the recipe"):
        read_adgan_recipe("shoes-dcgan")


def test_a_run_learns_and_draws_a_sheet(tmp_path: Path, cast: Cast) -> None:
    task = new_task(recipe(loop=replace(LOOP, steps=30, lr=3e-3, log_every=10)), cast)
    train(task, task.recipe.loop, tmp_path)
    told = lines(tmp_path)
    assert told[-1]["layout"] < told[0]["layout"]
    assert list((tmp_path / "sheets").glob("*.png"))


def test_both_critics_step_and_tell_of_it(tmp_path: Path, cast: Cast) -> None:
    task = new_task(recipe(weights=replace(PLAIN, pose=0.1, appearance=0.1)), cast)
    assert task.opponent is not None
    before = [parameter.detach().clone() for parameter in task.opponent.model.parameters()]
    train(task, LOOP, tmp_path, opponent=task.opponent)
    assert {"pose", "appearance", "pose_critic", "appearance_critic"} <= set(lines(tmp_path)[-1])
    after = task.opponent.model.parameters()
    assert not all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def test_a_loss_of_weight_0_is_not_computed(cast: Cast) -> None:
    task = new_task(recipe(weights=replace(PLAIN, layout=0.0)), cast)
    assert set(task.loss(task.model, 0, 0, 1)) == {"loss", "reconstruction"}
    assert task.opponent is None


def test_features_and_their_grams_count_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> None:
    monkeypatch.setattr("t2i_core.training.adgan_losses.PerceptualDistance", Eye)
    task = new_task(recipe(weights=LossWeights(perceptual=1.0, style=2.0, layout=0.0)), cast)
    terms = task.loss(task.model, 0, 0, 1)
    total = terms["reconstruction"] + terms["perceptual"] + 2 * terms["style"]
    assert float(terms["loss"].detach()) == pytest.approx(float(total), rel=1e-4)


def test_a_gram_tells_of_texture_wherever_it_lies() -> None:
    stripes = torch.randn(1, 4, 6, 6)
    assert torch.allclose(gram(stripes), gram(stripes.roll(2, 3)), atol=1e-5)
    assert not torch.allclose(gram(stripes), gram(stripes.flip(1)), atol=1e-2)


def test_the_layout_is_right_where_it_says_what_covers_each_cell() -> None:
    masks = torch.zeros(1, 8, 2, 2)
    masks[:, 2] = 1
    right, wrong = (torch.zeros(1, 8, 2, 2) for _ in range(2))
    right[:, 2], wrong[:, 3] = 9, 9
    assert layout_loss(right, masks) < 0.01 < 5 < layout_loss(wrong, masks)


def test_the_same_step_makes_the_same_pairs(cast: Cast) -> None:
    first, second = new_task(recipe(), cast), new_task(recipe(), cast)
    one, other = (task.batch(np.random.default_rng((0, 3)), 0, 1) for task in (first, second))
    assert torch.equal(one[0].pictures, other[0].pictures)
    assert torch.equal(one[1].joints, other[1].joints)


def test_two_processes_share_a_batch(cast: Cast) -> None:
    task = new_task(recipe(loop=replace(LOOP, batch=4)), cast)
    sizes = [len(task.batch(np.random.default_rng(0), rank, 2)[1].pictures) for rank in (0, 1)]
    assert sizes == [2, 2]


def test_a_mirror_swaps_right_and_left_and_twice_is_nothing(cast: Cast) -> None:
    people = people_of(cast, [1])
    there = mirrored(people)
    assert there.joints[0, 2, 0] == SIZE[1] - 1 - people.joints[0, 5, 0]
    assert torch.equal(mirrored(there).pictures, people.pictures)


def test_made_sources_differ_from_what_is_wanted_but_show_the_same_person(cast: Cast) -> None:
    people = people_of(cast, range(len(cast)))
    made = posed(people, np.random.default_rng(0))
    assert (made.joints - people.joints).abs().mean() > 1
    assert torch.allclose(made.masks.sum(1), torch.ones(1), atol=1e-4)
    back = carry(made.pictures, made.masks, made.joints, people.joints)
    both = (back[:, 3:].sum(1) > 0.8) & (people.masks[:, 0] == 0)
    near = (back[:, :3] - people.pictures).abs().mean(1)[both].mean()
    assert both.float().sum() > 0.5 * (people.masks[:, 0] == 0).sum()
    assert near < 0.2
    assert torch.equal(made_sources(people, np.random.default_rng(1), still=1.0).masks.sum(), people.masks.sum())


def test_what_is_carried_along_is_forgotten_by_parts_or_wholly() -> None:
    moved = torch.rand(40, 11, 4, 4)
    nothing = forgetful(moved, SeenConfig(forgotten=1.0), np.random.default_rng(0))
    assert nothing.abs().max() == 0
    some = forgetful(moved, SeenConfig(forgotten=0.0, lost=0.5), np.random.default_rng(0))
    gone = (some[:, 3:].flatten(2).amax(2) == 0).float().mean()
    assert 0.3 < gone < 0.7
    assert torch.equal(
        forgetful(moved, SeenConfig(forgotten=0.0, lost=0.0), np.random.default_rng(0))[:, 3:], moved[:, 3:]
    )


def shots(count: int) -> list[Shot]:
    look = of_person(mannequin(192), SIZE)
    nobody = replace(look, parts=np.zeros_like(look.parts))
    return [Shot(str(n), lambda size, n=n: [look, nobody, None][n % 3]) for n in range(count)]  # type: ignore[misc]


def test_people_are_cut_out_once_and_useless_photos_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = kept_cast(shots(6), SIZE, tmp_path, "people")
    assert (len(cast), cast.names) == (2, ("0", "3"))
    monkeypatch.setattr(adgan_data, "_write", None)  # would fail if it were called
    again = kept_cast(shots(6), SIZE, tmp_path, "people")
    assert np.array_equal(again.pixels, cast.pixels)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_data_set_of_nobody_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Nobody"):
        kept_cast(shots(6)[1:2], SIZE, tmp_path, "people")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DeepFashion's files, of a mannequin."""
    known = mannequin(256)
    folder = write(write(tmp_path / "shop", "train"), "test", names=["one.jpg", "two.jpg"])
    y, x = (known.pose.joints[:, axis].round().astype(int).tolist() for axis in (1, 0))
    for side in ("train", "test"):
        names = (folder / f"{side}.lst").read_text().split()
        for name in names:
            Image.fromarray(known.photo).save(folder / side / name)
        rows = "\n".join(f"{name}: {y}: {x}" for name in names)
        (folder / f"fasion-resize-annotation-{side}.csv").write_text(f"name:keypoints_y:keypoints_x\n{rows}\n")
    return folder


class MannequinReader(Reader):
    """Parses pictures of the mannequin 256 pixels high."""

    def parse(self, photo: object, one: object) -> object:  # type: ignore[override]
        return mannequin(256).parsed


def test_deepfashions_pairs_are_learned_from_and_judged_by(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = MannequinReader()
    cast, pairs = cast_of(recipe(data="deepfashion"), reader, [shop], tmp_path)  # type: ignore[arg-type]
    assert pairs is not None
    assert (len(cast), len(pairs)) == (3, 6)
    task: AdganTask = new_task(recipe(data="deepfashion"), cast, pairs)
    source, target = task.batch(np.random.default_rng(0), 0, 1)
    assert source.pictures.shape == target.pictures.shape == (2, 3, *SIZE)
    monkeypatch.setattr(transfer_report, "PerceptualDistance", lambda lite: Eye())
    report = evaluate_transfer(task.model, "deepfashion", reader, [shop], cache=tmp_path)  # type: ignore[arg-type]
    assert set(report.similar) == {"another photo"}


def test_a_damaged_picture_of_deepfashion_is_left_out(shop: Path, tmp_path: Path) -> None:
    name = (shop / "train.lst").read_text().split()[0]
    (shop / "train" / name).write_bytes(b"no picture")
    cast, pairs = deepfashion_cast(MannequinReader(), [shop], SIZE, tmp_path, held_out=False)  # type: ignore[arg-type]
    assert name not in cast.names
    assert len(pairs) == 2


@pytest.fixture
def trained(tmp_path: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model's folder from a run of four steps."""
    monkeypatch.setattr("t2i_core.training.adgan.people_cast", lambda *_, **__: cast)
    monkeypatch.setattr(Parser, "from_pretrained", classmethod(lambda cls: None))
    run = tmp_path / "run"
    train_adgan(recipe(), [], run, cache=tmp_path / "cache")
    assert kind_of_run(run) == "adgan"
    assert kind_of_run(tmp_path) != "adgan"
    return export_averaged(run, tmp_path / "transfer")


def test_a_run_becomes_a_model_that_draws_and_is_judged(
    trained: Path, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer_report, "people_cast", lambda *_, **__: cast)
    monkeypatch.setattr(transfer_report, "PerceptualDistance", lambda lite: Eye())
    drawer = Transfer.from_pretrained(str(trained))
    report = evaluate_transfer(drawer.network, "people", None, [], cache=tmp_path, count=3)  # type: ignore[arg-type]
    assert report.people == 3
    assert set(report.similar) == set(report.perceptual) == {"a mirrored photo", "turned limbs"}
    assert set(report.similar["turned limbs"]) == set(WAYS)
    assert "SSIM" in str(report)


def test_the_card_tells_what_was_measured(trained: Path) -> None:
    ways = dict.fromkeys(WAYS, 0.5)
    report = TransferReport(3, {"turned limbs": ways}, {"turned limbs": ways})
    card = transfer_card(json.loads((trained / "config.json").read_text()), 2.0, report)
    assert "3 held-out people" in card
    assert "t2i train people-adgan" in card
    assert card.count("![") == 1  # the sheet, which is drawn


def test_the_card_tells_how_to_train_it_again_and_keeps_its_notes(trained: Path) -> None:
    used = json.loads((trained / "config.json").read_text())["recipe"]
    shipped = asdict(read_adgan_recipe("people-adgan"))
    again = read_adgan_recipe("people-adgan", changes("people-adgan", used))
    assert {name: asdict(again.loop)[name] for name in LEARNED_BY["loop"]} == {
        name: used["loop"][name] for name in LEARNED_BY["loop"]
    }
    assert asdict(again.weights) == used["weights"] != shipped["weights"]
    assert changes("people-adgan", shipped) == []
    (trained / "README.md").write_text("# old\n\n## Notes\nOn one GPU.\n")
    write_transfer_card(trained, 2.0, TransferReport(3, {}, {}), Image.new("RGB", (8, 8)))
    text = (trained / "README.md").read_text()
    assert "# old" not in text
    assert text.endswith("## Notes\nOn one GPU.\n")


def test_a_drawn_person_that_is_the_photo_loses_nothing(cast: Cast) -> None:
    people = people_of(cast, [0])
    drawn = Drawn(people.pictures, 20 * people.masks, people.masks[:, :1])
    assert float(DrawnLoss(PLAIN)(drawn, people.pictures, people.masks)["reconstruction"]) == 0


def test_the_sheet_shows_a_drawn_mannequin_in_drawn_garments_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    reader = MannequinReader()
    dresser = Dresser(Finder(), reader)  # type: ignore[arg-type]
    sheet = transfer_sheet.drawn_sheet(Transfer(AdganGenerator(TINY)), dresser)
    rows, columns = len(transfer_sheet.OUTFITS) + 1, len(STANCES)
    assert sheet.width >= columns * SIZE[1] * transfer_sheet.TIMES
    assert sheet.height >= rows * SIZE[0] * transfer_sheet.TIMES
