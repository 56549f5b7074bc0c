from pathlib import Path

import pytest

from t2i_core.errors import InputError
from t2i_core.training.recipe import FOLDER, kind_of, read_recipe

SHIPPED = sorted(path.stem for path in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", [name for name in SHIPPED if kind_of(name) == "patchflow"])
def test_every_shipped_recipe_can_be_read_by_its_name(name: str) -> None:
    recipe = read_recipe(name)
    assert recipe.name == name
    assert recipe.data


def test_a_recipe_says_what_kind_of_model_it_trains() -> None:
    pictures, games = {"patchflow", "refiner", "instant"}, {"tacgan", "attngan", "dcgan", "adgan"}
    judges = {"damsm", "overlay", "realism", "pose", "parsing"}
    assert {kind_of(name) for name in SHIPPED} == pictures | games | judges


def test_overrides_replace_single_values_and_keep_their_type() -> None:
    recipe = read_recipe("products", ["loop.batch=8", "network.widths=[32, 48]", "flow.t_mean=-0.5", "text=doc2vec"])
    assert recipe.loop.batch == 8
    assert recipe.network["widths"] == (32, 48)
    assert recipe.flow.t_mean == -0.5
    assert recipe.text == "doc2vec"


@pytest.mark.parametrize("budget", ["steps", "cpu_minutes", "minutes"])
def test_a_budget_given_by_hand_replaces_the_recipes(budget: str) -> None:
    loop = read_recipe("products", [f"loop.{budget}=7"]).loop
    given = {"steps": loop.steps, "cpu_minutes": loop.cpu_minutes, "minutes": loop.minutes}
    assert {name for name, value in given.items() if value is not None} == {budget}


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("batch", "section.key=value"),
        ("loop.speed=3", "speed"),
        ("network.choices=[1]", "choices"),
        ("name.x=1", "not a section"),
        ("colour=1", "colour"),
    ],
)
def test_an_override_nobody_knows_is_refused_with_what_is_known(override: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_recipe("products", [override])


def test_a_missing_recipe_names_the_shipped_ones() -> None:
    with pytest.raises(InputError, match="products"):
        read_recipe("aeroplanes")


def test_a_file_that_is_not_toml_or_lacks_a_part_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("name = ")
    with pytest.raises(InputError, match="TOML"):
        read_recipe(path)
    path.write_text('domain = "birds"')
    with pytest.raises(InputError, match="name"):
        read_recipe(path)


@pytest.mark.parametrize("override", ["shift=far", "shift=0", "shift=nan", "vocab_size=many"])
def test_a_word_where_a_recipe_wants_a_number_says_so(override: str) -> None:
    with pytest.raises(InputError, match="are numbers"):
        read_recipe("birds", [override])


def test_a_recipe_reads_the_files_of_its_domain_unless_it_names_others(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\ndomain = "birds"')
    assert read_recipe(path).data == ("birds.parquet",)
    path.write_text('name = "mine"\ndomain = "birds"\ndata = ["more.parquet"]')
    assert read_recipe(path).data == ("more.parquet",)
