from importlib import import_module

import pytest

from t2i_core.errors import InputError
from t2i_core.jobs.check import READERS
from t2i_core.training.recipe import kind_of, read_recipe, shipped_recipes
from t2i_core.training.schema import SECTIONS, Kind, Setting, Value, changed, settings_of


def setting(recipe: str, key: str) -> Setting:
    return next(one for one in settings_of(recipe) if one.key == key)


@pytest.mark.parametrize("recipe", shipped_recipes())
def test_every_shipped_recipe_has_settings_with_a_value_and_each_stands_there_once(recipe: str) -> None:
    found = settings_of(recipe)
    assert "loop.lr" in {one.key for one in found}
    assert len({one.key for one in found}) == len(found)
    assert all(one.value is not None or one.optional for one in found)


@pytest.mark.parametrize("recipe", shipped_recipes())
def test_every_setting_of_every_shipped_recipe_is_explained(recipe: str) -> None:
    assert [one.key for one in settings_of(recipe) if not one.help] == []


def test_a_setting_has_the_recipes_value_or_else_the_default() -> None:
    assert setting("products", "flow.t_mean").value == -0.8  # the recipe's
    assert setting("products", "loop.clip").value == 1.0  # the loop's
    assert setting("products", "network.widths").value == (128, 160, 192)


def test_what_the_data_decide_and_the_budget_are_not_asked_for() -> None:
    names = {one.name for one in settings_of("products")}
    assert not names & {"choices", "numbers", "vocab_size", "minutes", "cpu_minutes", "steps"}


def test_kinds_follow_the_annotations() -> None:
    kinds = {one.name: one.kind for one in settings_of("products")}
    assert kinds["batch"] is Kind.WHOLE
    assert kinds["lr"] is Kind.NUMBER
    assert kinds["mirror"] is Kind.SWITCH
    assert kinds["betas"] is Kind.NUMBERS
    assert kinds["on_trouble"] is Kind.CHOICE
    assert setting("products", "loop.bf16").optional


def test_only_what_was_changed_becomes_an_override_and_the_recipe_takes_it() -> None:
    settings = settings_of("products")
    values: dict[str, Value] = {
        "loop.batch": 32,
        "loop.lr": 1e-3,  # as it is
        "network.widths": (16, 32),
        "loop.on_trouble": "roll back",
        "flow.mirror": True,
        "loop.bf16": None,
    }
    overrides = changed(settings, values)
    assert overrides == ["network.widths=[16, 32]", "flow.mirror=true", "loop.batch=32", 'loop.on_trouble="roll back"']
    recipe = read_recipe("products", overrides)
    assert recipe.network["widths"] == (16, 32)
    assert (recipe.loop.batch, recipe.loop.on_trouble, recipe.flow.mirror) == (32, "roll back", True)


def test_numbers_are_read_as_people_write_them() -> None:
    assert setting("products", "network.widths").read("64,128  192") == (64, 128, 192)
    assert setting("products", "loop.betas").read("0.9, 0.95") == (0.9, 0.95)


@pytest.mark.parametrize(
    ("key", "text"), [("network.widths", "a"), ("network.widths", "1.5"), ("network.widths", ""), ("loop.betas", "0.9")]
)
def test_other_texts_are_refused_in_words(key: str, text: str) -> None:
    with pytest.raises(InputError, match="takes"):
        setting("products", key).read(text)


def test_a_kind_nobody_listed_offers_what_its_recipe_says() -> None:
    assert "realism" not in SECTIONS
    assert "loop.lr" in {one.key for one in settings_of("realism")}


@pytest.mark.parametrize("recipe", shipped_recipes())
def test_every_setting_of_every_shipped_recipe_is_one_that_its_reader_takes(recipe: str) -> None:
    said = [one.override(one.value) for one in settings_of(recipe) if one.value is not None]
    module, reader = READERS[kind_of(recipe)]
    read = getattr(import_module(module), reader)
    assert read(recipe, said).loop == read(recipe).loop


def test_names_that_mean_different_things_are_explained_each_in_its_section() -> None:
    assert setting("shoes-dcgan", "game.decay").help != setting("shoes-dcgan", "loop.decay").help
    assert setting("tacgan-guitars-bce", "game.loss").options == ("bce", "lsgan")
