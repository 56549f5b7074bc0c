import json
from dataclasses import replace
from pathlib import Path

import pytest

from t2i_core.errors import DataError, InputError, WeightsError
from t2i_core.generate.matcher import Matcher
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.text.tokenizer import train_tokenizer
from t2i_core.training.pictures import (
    export,
    find_teacher,
    network_config,
    prepare,
    sheet_prompts,
    train_pictures,
)
from t2i_core.training.recipe import Recipe, read_recipe
from t2i_core.weights import read_config
from tests.generate.test_matcher import write_matcher
from tests.training.made_up import write_catalogue

SMALL = (
    "loop.steps=20", "loop.batch=16", "loop.warmup=5", "loop.lr=3e-3", "vocab_size=60", "shift=3.0",
    "network.image_size=32", "network.widths=[32]", "network.cond_dim=32", "network.text_dim=48",
)  # fmt: skip


@pytest.fixture
def recipe() -> Recipe:
    return replace(read_recipe("products", SMALL), data=("products.parquet",))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_catalogue(tmp_path / "products.parquet")
    return tmp_path


def test_twenty_steps_on_made_up_data_give_a_model_that_loads_and_draws(
    recipe: Recipe, data: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    train_pictures(recipe, [data], run, cache=tmp_path / "cache")
    folder = export(run, tmp_path / "weights" / "mine")
    assert read_config(folder)["trained"]["step"] == 20  # type: ignore[index]
    (folder / "README.md").write_text("# my card\n")
    assert (export(run, folder) / "README.md").read_text() == "# my card\n"
    pipeline = TextToImage.from_pretrained(str(folder))
    assert pipeline.sampling.shift == 3.0
    assert pipeline.resolve(GenerateRequest(prompt="red tshirt"))["colour"] == "Red"
    (picture,) = pipeline.generate(GenerateRequest(prompt="red tshirt", num_steps=4, seed=3))
    assert picture.image.size == (32, 32)
    assert len(picture.image.getcolors(32 * 32) or []) > 10


def test_a_run_can_start_from_shipped_weights_of_the_same_shape(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = train_pictures(recipe, [data], tmp_path / "first", cache=cache)
    folder = str(export(tmp_path / "first", tmp_path / "weights"))
    still = replace(recipe, loop=replace(recipe.loop, steps=1, lr=0.0))
    second = train_pictures(still, [data], tmp_path / "second", cache=cache, init=folder)
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    assert all((a - b).abs().max() < 1e-2 for a, b in pairs)
    wider = replace(recipe, network={**recipe.network, "widths": (48,)})
    with pytest.raises(WeightsError, match="do not fit"):
        train_pictures(wider, [data], tmp_path / "third", cache=cache, init=folder)


def test_a_run_can_take_over_how_to_draw_but_not_what_words_mean(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = train_pictures(recipe, [data], tmp_path / "first", cache=cache).state_dict()
    folder = str(export(tmp_path / "first", tmp_path / "weights"))
    still = replace(recipe, loop=replace(recipe.loop, steps=1, lr=0.0, seed=1), trunk=folder)
    second = train_pictures(still, [data], tmp_path / "second", cache=cache).state_dict()
    assert (first["backbone.stem.weight"] - second["backbone.stem.weight"]).abs().max() < 1e-3
    assert (first["condition.time.0.weight"] - second["condition.time.0.weight"]).abs().max() < 1e-3
    assert (first["condition.text.pieces.weight"] - second["condition.text.pieces.weight"]).abs().max() > 0.1
    assert (first["condition.from_text.weight"] - second["condition.from_text.weight"]).abs().max() > 0.01
    narrow = replace(still, network={**recipe.network, "widths": (48,)})
    with pytest.raises(WeightsError, match="do not fit"):
        train_pictures(narrow, [data], tmp_path / "third", cache=cache)


def test_a_teacher_has_to_be_named_and_to_read_the_networks_own_pieces(recipe: Recipe, tmp_path: Path) -> None:
    bird_matcher = str(write_matcher(tmp_path / "matcher"))
    own = Matcher.from_pretrained(bird_matcher)
    assert find_teacher(recipe, own.tokenizer) is None
    taught = replace(recipe, flow=replace(recipe.flow, damsm=0.1))
    with pytest.raises(InputError, match="name a matcher"):
        find_teacher(taught, own.tokenizer)
    with pytest.raises(InputError, match="other pieces"):
        find_teacher(replace(taught, teacher=bird_matcher), train_tokenizer(["red shirt", "blue watch"] * 5, 40))
    for named in (replace(taught, teacher=bird_matcher), replace(taught, matcher=bird_matcher)):
        found = find_teacher(named, own.tokenizer)
        assert found is not None
        assert found.config == own.network.config


def test_a_resumed_run_keeps_the_words_and_labels_it_began_with(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    cache, run = tmp_path / "cache", tmp_path / "run"
    train_pictures(recipe, [data], run, cache=cache)
    before = [(run / name).read_bytes() for name in ("tokenizer.model", "run.json")]
    write_catalogue(data / "products.parquet", training=150)  # the data have grown
    longer = replace(recipe, vocab_size=50, loop=replace(recipe.loop, steps=21))
    train_pictures(longer, [data], run, cache=cache, resume=True)
    assert (run / "tokenizer.model").read_bytes() == before[0]
    assert json.loads((run / "run.json").read_text())["attributes"] == json.loads(before[1])["attributes"]


def test_the_network_gets_what_the_data_decide(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    prepared = prepare(recipe, [data], tmp_path / "cache")
    config = network_config(recipe, prepared)
    assert config.choices == tuple(len(choice.values) for choice in prepared.space.choices)
    assert config.numbers == 6
    assert config.vocab_size == prepared.tokenizer.vocab_size
    assert len(sheet_prompts(prepared)) > 0


def test_missing_data_names_the_file(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"products\.parquet"):
        prepare(recipe, [tmp_path], tmp_path / "cache")


def test_exporting_a_run_without_a_checkpoint_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="t2i train"):
        export(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"widths": [40]}, "multiples of 16, got"),
        ({"widths": [16]}, "attention takes a multiple of 32 channels, got 16"),
        ({"widths": [32, 32, 32, 32, 32]}, "grid of 8 cannot be halved"),
        ({"text_dim": 24}, "attention takes a multiple of 48 channels, got 24"),
        ({"patch": 5}, "does not divide into patches of 5"),
        ({"backbone": "x"}, "backbone must be one of"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused_in_words(
    recipe: Recipe, data: Path, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    strange = replace(recipe, network={**recipe.network, **change})
    with pytest.raises(InputError, match=said):
        train_pictures(strange, [data], tmp_path / "run", cache=tmp_path / "cache")


def test_an_unknown_kind_of_text_is_refused(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="doc2vec"):
        prepare(replace(recipe, text="word2vec"), [data], tmp_path / "cache")
