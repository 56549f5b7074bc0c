import json
from dataclasses import asdict
from pathlib import Path

import pytest

from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.settings import Settings
from t2i_core.training import dcgan
from t2i_core.training.adopting import adopt, adoptable, completes, refines, unusable
from t2i_core.training.pictures import train_pictures
from t2i_core.training.recipe import kind_of, read_recipe, read_toml, section_of, shipped_recipes
from t2i_core.training.refining import read_refine_recipe, train_refiner
from t2i_core.weights import list_models, locate, origin
from tests.tiny import tiny_model
from tests.training.made_up import write_catalogue

TINY = [
    "network.widths=[16,32]",
    "network.image_size=16",
    "network.text_dim=64",
    "network.cond_dim=32",
    "vocab_size=60",
]
BRIEF = ["loop.steps=2", "loop.batch=4"]


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("data") / "products_192.parquet")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "first-try"
    train_pictures(read_recipe("products", [*TINY, *BRIEF]), [data], folder, cache=folder.parent / "cache")
    return folder


@pytest.fixture(scope="session")
def refiner(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "sharper"
    small = ["network.widths=[16,32]", "network.image_size=32", "network.cond_dim=32", *BRIEF]
    recipe = read_refine_recipe("double-128", [*small, 'domains={products=["products_192.parquet"]}'])
    train_refiner(recipe, [data], folder, cache=folder.parent / "cache")
    return folder


def test_what_a_run_learned_can_be_chosen_by_its_name_and_draws(run: Path, settings: Settings) -> None:
    out = adopt(run, "first-try", settings)
    assert out == settings.own_models / "first-try"
    assert list_models("patchflow") == ["first-try"]
    assert origin(locate("first-try")) == "trained in this studio"
    (picture,) = TextToImage.from_pretrained("first-try").generate(GenerateRequest("Nike Men Red Tshirts", num_steps=2))
    assert picture.image.size == (16, 16)


def test_a_model_that_came_with_the_studio_stays(run: Path, settings: Settings) -> None:
    tiny_model(settings.weights_folder / "products")
    with pytest.raises(InputError, match="came with the studio"):
        adopt(run, "products", settings, replace=True)


def test_ones_own_model_gives_way_only_when_that_is_said(run: Path, settings: Settings) -> None:
    adopt(run, "mine", settings)
    with pytest.raises(InputError, match="already"):
        adopt(run, "mine", settings)
    assert adopt(run, "mine", settings, replace=True) == settings.own_models / "mine"


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 97, "a b"])
def test_a_name_that_could_lead_elsewhere_is_refused(run: Path, settings: Settings, name: str) -> None:
    with pytest.raises(InputError, match="name is made of"):
        adopt(run, name, settings)


def test_a_run_without_a_checkpoint_has_nothing_to_adopt(tmp_path: Path, settings: Settings) -> None:
    assert not adoptable(tmp_path)
    with pytest.raises(WeightsError, match="no checkpoint yet"):
        adopt(tmp_path, "mine", settings)


def test_a_refiner_goes_into_the_model_that_it_doubles(run: Path, refiner: Path, settings: Settings) -> None:
    assert refines(refiner) == ["products"]
    assert refines(run) == []
    adopt(run, "mine", settings)
    assert adopt(refiner, "mine", settings) == settings.own_models / "mine"
    (picture,) = TextToImage.from_pretrained("mine").generate(GenerateRequest("Nike Men Red Tshirts", num_steps=2))
    assert picture.image.size == (32, 32)


def test_a_model_that_was_trained_in_one_go_is_copied(tmp_path: Path, settings: Settings) -> None:
    finished = tiny_model(tmp_path / "matcher")
    assert adopt(finished, "matcher", settings) == settings.own_models / "matcher"
    assert list_models() == ["matcher"]


def test_a_kind_that_pages_cannot_use_is_told_apart(tmp_path: Path, run: Path, settings: Settings) -> None:
    (tmp_path / "checkpoint").symlink_to(run / "checkpoint")
    (tmp_path / "run.json").write_text('{"model": "novelty"}')
    with pytest.raises(InputError, match="A novelty cannot be used on the pages"):
        adopt(tmp_path, "mine", settings)


@pytest.mark.parametrize("recipe", shipped_recipes())
def test_what_every_shipped_recipe_trains_can_be_used_or_it_is_said_why_not(tmp_path: Path, recipe: str) -> None:
    told: dict[str, object] = {"model": kind_of(recipe), "network": section_of(read_toml(recipe), "network")}
    if kind_of(recipe) == dcgan.KIND:
        told["network"] = asdict(dcgan.read_dcgan_recipe(recipe).network)
    in_one_go = kind_of(recipe) in ("damsm", "overlay", "realism")  # their folder is the model's
    (tmp_path / ("config.json" if in_one_go else "run.json")).write_text(json.dumps(told))
    refusal = unusable(tmp_path)
    if kind_of(recipe) in ("tacgan", "attngan") or recipe == "shoes-dcgan":
        assert refusal is not None
        assert refusal.startswith("No page draws with")
    else:
        assert refusal is None


def test_a_refusal_comes_before_anything_is_written(tmp_path: Path, run: Path, settings: Settings) -> None:
    (tmp_path / "checkpoint").symlink_to(run / "checkpoint")
    (tmp_path / "run.json").write_text('{"model": "tacgan"}')
    with pytest.raises(InputError, match="recipe “realism” from this run"):
        adopt(tmp_path, "mine", settings)
    assert list_models() == []


def test_an_instant_generator_goes_into_the_model_that_it_was_distilled_from(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"model": "instant", "flow": "guitars"}')
    assert completes(tmp_path) == "guitars"
    (tmp_path / "run.json").write_text('{"model": "patchflow"}')
    assert completes(tmp_path) is None
