import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from t2i_core.cli import main
from t2i_core.data.domain import Item
from t2i_core.data.domains import find_domain
from t2i_core.errors import DataError, InputError
from t2i_core.generate.matcher import Matcher
from t2i_core.models.damsm import Damsm, DamsmConfig
from t2i_core.models.seeing import Seen
from t2i_core.settings import Settings
from t2i_core.training import matching
from t2i_core.training.matching import MatchTask, train_matcher
from t2i_core.training.matching_data import Pairs, alike, claimed, labelled, look
from t2i_core.training.matching_recipe import read_match_recipe
from t2i_core.training.matching_report import calibration_error, evaluate_matcher, r_precision, share
from tests.training.matched import RECIPE, a_lite, face, write_faces


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("data") / "anime.parquet", training=240, held_out=160)


@pytest.fixture(scope="module")
def folder(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights") / "damsm-tiny"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "encoder_of_wheel", a_lite)
        train_matcher(RECIPE, [faces], out, cache=tmp_path_factory.mktemp("cache"))
    return out


def test_a_trained_matcher_knows_which_text_belongs_to_a_picture(folder: Path) -> None:
    matcher = Matcher.from_pretrained(str(folder))
    right = matcher.match("red hair, black eyes", face("red", "black", 7))
    wrong = matcher.match("blue hair, white eyes", face("red", "black", 7))
    assert right > 0.7
    assert wrong < 0.3


def test_the_folder_says_what_it_was_made_of_and_how_good_it_is(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    assert (config["model"], config["name"], config["domain"]) == ("damsm", "damsm-tiny", "anime")
    assert {"hair", "eyes", "red"} <= set(config["words"])
    assert config["trained"]["pictures"] == 240
    assert config["trained"]["steps"] == 160
    assert config["measured"]["accuracy"]["value"] > 0.8
    card = (folder / "README.md").read_text()
    for words in ("research and education", "t2i train damsm-tiny", "R-precision", "0.01", "240 training pictures"):
        assert words in card


def test_its_weights_are_halves_and_hold_the_picture_encoder(folder: Path) -> None:
    from t2i_core.weights import read_folder

    tensors = read_folder(folder).tensors
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert "encoder.stem.weight" in tensors
    assert "text.pieces.weight" in tensors


def test_evaluating_again_prints_the_numbers_of_the_card(
    folder: Path, faces: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(folder), "--data", str(faces), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    measured = json.loads((folder / "config.json").read_text())["measured"]
    assert shown == measured


def test_a_pair_of_random_texts_and_pictures_has_the_precision_of_chance(folder: Path) -> None:
    class Guess(Matcher):
        def log_odds(self, texts, images):  # type: ignore[no-untyped-def]
            return np.random.default_rng(0).normal(size=(len(images), len(texts))).astype(np.float32)

    made = Matcher.from_pretrained(str(folder))
    guess = Guess(made.network, made.tokenizer, made.domain, made.framed)
    found = r_precision(guess, np.zeros((400, 3, 32, 32), np.uint8), ["a"] * 400, [(str(i),) for i in range(400)])
    assert found.value < 0.04
    assert found.low <= found.value <= found.high


def test_r_precision_of_too_few_captions_is_refused(folder: Path) -> None:
    matcher = Matcher.from_pretrained(str(folder))
    with pytest.raises(DataError, match="needs 99 captions"):
        r_precision(matcher, np.zeros((2, 3, 32, 32), np.uint8), ["red hair", "blue hair"], [("a",), ("b",)])


def test_held_out_pictures_that_are_all_alike_leave_nothing_to_measure(folder: Path, tmp_path: Path) -> None:
    few = write_faces(tmp_path / "anime.parquet", training=3, held_out=1)
    with pytest.raises(DataError, match="different labels"):
        evaluate_matcher(Matcher.from_pretrained(str(folder)), [few], cache=tmp_path / "cache")


def test_a_text_claims_the_tags_it_names_or_else_everything() -> None:
    anime, birds = find_domain("anime"), find_domain("birds")
    item = Item("1", "red hair, blue eyes", {"hair": "red", "eyes": "blue"})
    assert claimed(item, "red hair", anime) == {"hair": "red"}
    assert claimed(item, "anime girl, blue eyes red hair", anime) == item.labels
    bird = Item("2", "a small bird", {"species": "Wren"})
    assert claimed(bird, "a small bird", birds) == {"species": "Wren"}


def test_a_text_is_as_true_of_every_picture_with_the_labels_it_claims() -> None:
    labels = np.array([[1, 1], [1, 2], [2, 2]])
    claims = np.array([[1, 0], [2, 2]])
    assert alike(labels, claims).tolist() == [[True, False], [True, False], [False, True]]


def test_what_is_seen_is_kept_and_turned_pictures_are_seen_apart(folder: Path, tmp_path: Path) -> None:
    network = Matcher.from_pretrained(str(folder)).network
    images = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32)).astype(np.uint8)
    first = look(network, images, tmp_path)
    (kept,) = tmp_path.iterdir()
    written = kept.stat().st_mtime_ns
    again, turned = look(network, images, tmp_path), look(network, images, tmp_path, turned=True)
    assert kept.stat().st_mtime_ns == written
    assert torch.equal(first.fine, again.fine)
    assert not torch.equal(first.fine, turned.fine)
    assert first.pooled.dtype == torch.float16


def test_a_share_stands_in_its_interval() -> None:
    found = share(np.array([True] * 60 + [False] * 40))
    assert (found.value, found.count) == (0.6, 100)
    assert found.low == pytest.approx(0.502, abs=1e-3)
    assert found.high == pytest.approx(0.691, abs=1e-3)


def test_true_probabilities_have_no_calibration_error_and_boasts_do() -> None:
    truth = np.array([True] * 8 + [False] * 2)
    assert calibration_error(np.full(10, 0.8, np.float32), truth) == pytest.approx(0, abs=1e-6)
    assert calibration_error(np.full(10, 1.0, np.float32), truth) == pytest.approx(0.2, abs=1e-6)


@pytest.mark.parametrize("name", ["damsm-birds", "damsm-anime", "damsm-products"])
def test_shipped_recipes_are_read(name: str) -> None:
    recipe = read_match_recipe(name, ["loop.batch=7"])
    assert recipe.name == name
    assert recipe.loop.batch == 7
    assert recipe.network["text_dim"] == 144


def test_only_recipes_of_matchers_are_read(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("model = ")
    sources: list[tuple[str | Path, str]] = [
        ("birds", "not the recipe of a matcher"),
        ("no such recipe", "There is no recipe"),
        (tmp_path / "broken.toml", "not a TOML file"),
    ]
    for source, complaint in sources:
        with pytest.raises(InputError, match=complaint):
            read_match_recipe(source)


def test_a_recipe_with_a_strange_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not know speed"):
        read_match_recipe("damsm-birds", ["network.speed=3"])
    (tmp_path / "short.toml").write_text('model = "damsm"\nname = "x"')
    with pytest.raises(InputError, match="lacks 'domain'"):
        read_match_recipe(tmp_path / "short.toml")


def test_a_matcher_cannot_be_resumed(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "damsm-anime", "--data", str(faces), "--out", str(tmp_path / "x"), "--resume"]) == 2
    assert "in one go" in capsys.readouterr().err


def test_training_twice_gives_the_same_matcher(
    folder: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "encoder_of_wheel", a_lite)
    recipe = replace(RECIPE, loop=replace(RECIPE.loop, steps=3))
    for name in ("a", "b"):
        train_matcher(recipe, [faces], tmp_path / name, cache=tmp_path / "cache")
    first, second = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("a", "b"))
    assert first == second


def test_every_epoch_shows_each_picture_at_most_once_and_hard_ones_together() -> None:
    labels = np.arange(40)[:, None] % 2 + 1
    pairs = Pairs(np.ones((40, 1, 3), np.int64), labels, labels[:, None], Seen(*[torch.zeros(40, 1)] * 3))
    recipe = replace(RECIPE, hard="hair", loop=replace(RECIPE.loop, batch=8))
    task = MatchTask(Damsm(DamsmConfig(vocab_size=9)), pairs, np.arange(40), recipe)
    for epoch in (0, 1):
        rows = np.stack([task.rows(5 * epoch + place) for place in range(5)])
        assert sorted(rows.ravel().tolist()) == list(range(40))
        alone = [len(set(labels[batch, 0].tolist())) == 1 for batch in rows]
        assert sum(alone) >= 4 * epoch
    assert not np.array_equal(task.order(0), task.order(2))


def test_no_text_loses_all_its_pieces() -> None:
    ids = np.array([[5, 6, 7, 0], [8, 0, 0, 0]])
    pairs = Pairs(ids[:, None], ids[:, :1], ids[:, None, :1], Seen(*[torch.zeros(2, 1)] * 3))
    task = MatchTask(Damsm(DamsmConfig(vocab_size=9)), pairs, np.arange(2), replace(RECIPE, drop=1.0))
    assert task.pieces(ids, np.random.default_rng(0)).tolist() == [[5, 0, 0], [8, 0, 0]]


def test_labels_that_a_title_does_not_name_stand_before_it() -> None:
    item = Item("1", "Nike Blue Jersey", {"category": "Tshirts", "colour": "Blue", "gender": "Men"})
    assert labelled(item, find_domain("products")) == "Tshirts Nike Blue Jersey"
