from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from t2i_core.errors import InputError
from t2i_core.jobs.check import FROM_A_RUN, check, checked_overrides, from_browser
from t2i_core.jobs.spec import JobSpec
from t2i_core.settings import Settings
from t2i_core.training.recipe import kind_of, shipped_recipes
from t2i_core.training.schema import settings_of

HOSTILE = [
    "; rm -rf ~", "$(id)", "`id`", "a && b", "a | b", "a\nb", "a\0b", "--help", "-m", "../products", "/etc/passwd",
    "./products", "..", ".", "", " ", "%2e%2e/x", "a/b", "a\\b", "C:\\x", "ⅴ", "x" * 300,
]  # fmt: skip


@pytest.fixture
def studio(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a data folder that holds one file, and a secret beside it."""
    (tmp_path / "data" / "shop").mkdir(parents=True)
    (tmp_path / "data" / "shop" / "products.parquet").touch()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "products.parquet").touch()
    settings.prepared.mkdir()
    return settings.model_copy(update={"data": tmp_path / "data"})


def asked(studio: Settings, **changed: Any) -> JobSpec:
    assert studio.data is not None
    fields: dict[str, Any] = {"recipe": "products", "data": [str(studio.data / "shop")], "run": "first"}
    return from_browser(studio, **{**fields, **changed})


def test_what_a_visitor_may_ask_for_becomes_a_job(studio: Settings) -> None:
    spec = asked(studio, overrides=["loop.batch=32", "network.widths=[64, 96]"], minutes=5.0, processes=2)
    assert spec.run == str(studio.runs / "first")
    assert spec.overrides == ("loop.batch=32", "network.widths=[64, 96]")
    assert (spec.minutes, spec.processes) == (5.0, 2)


@pytest.mark.parametrize("recipe", shipped_recipes())
def test_every_shipped_recipe_can_be_asked_for_with_every_setting_of_its_form(studio: Settings, recipe: str) -> None:
    init = None
    if wanted := FROM_A_RUN.get(kind_of(recipe)):
        (studio.runs / "first-gan").mkdir(parents=True)
        (studio.runs / "first-gan" / "run.json").write_text(f'{{"model": "{wanted}"}}')
        init = "first-gan"
    said = [one.override(one.value) for one in settings_of(recipe) if one.value is not None]
    spec = asked(studio, recipe=recipe, overrides=said, init=init)
    assert list(spec.overrides) == said
    assert spec.init == (str(studio.runs / "first-gan") if init else None)


def test_what_is_made_of_a_run_says_so_without_one(studio: Settings) -> None:
    (studio.runs / "other").mkdir(parents=True)
    (studio.runs / "other" / "run.json").write_text('{"model": "dcgan"}')
    for init in (None, "other", "missing"):
        with pytest.raises(InputError, match="made of a tacgan's run"):
            asked(studio, recipe="realism", init=init)
    with pytest.raises(InputError, match="starts from nothing"):
        asked(studio, recipe="shoes-dcgan", init="products")


def test_prepared_data_may_be_trained_on_too(studio: Settings) -> None:
    (studio.prepared / "mine").mkdir()
    assert asked(studio, data=[str(studio.prepared / "mine")]).data == (str(studio.prepared / "mine"),)


def test_a_data_set_on_the_hub_is_named_and_nothing_else_by_an_address(studio: Settings) -> None:
    assert asked(studio, data=["hf://datasets/shop/shoes"]).data == ("hf://datasets/shop/shoes",)
    wrong = ("hf://datasets/../../etc", "hf://datasets/a/b/c", "hf://buckets/a/b", "hf://datasets/a/b c", "file:///etc")
    for address in wrong:
        with pytest.raises(InputError, match="not in the studio's data folders"):
            asked(studio, data=[address])


@pytest.mark.parametrize("field", ["recipe", "run", "init", "flavor"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_becomes_a_command_or_a_path_elsewhere(studio: Settings, field: str, text: str) -> None:
    with pytest.raises(InputError):
        asked(studio, **{field: text})


def test_a_recipe_of_ones_own_is_for_the_command_line(studio: Settings, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('name = "mine"\n')
    for name in (str(mine), "products.toml"):
        with pytest.raises(InputError, match="There is no recipe"):
            asked(studio, recipe=name)
    assert check(JobSpec(str(mine), "run", ("data",))).recipe == str(mine)


@pytest.mark.parametrize("path", [*HOSTILE, "~", "/", "/proc/self/environ", "data"])
def test_data_outside_the_studios_folders_cannot_be_named(studio: Settings, path: str) -> None:
    with pytest.raises(InputError, match="not in the studio's data folders"):
        asked(studio, data=[path])


@pytest.mark.parametrize(
    "path", ["link", "link/products.parquet", "../secret", "shop/../../secret/products.parquet", "nothing"]
)
def test_a_path_that_climbs_out_or_a_link_that_leads_out_is_refused_like_one_to_nothing(
    studio: Settings, tmp_path: Path, path: str
) -> None:
    assert studio.data is not None
    (studio.data / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match=r"is not in the studio's data folders. Choose one of the listed data sets"):
        asked(studio, data=[str(studio.data / path)])


def test_a_run_that_is_a_link_out_of_the_studio_is_refused(studio: Settings, tmp_path: Path) -> None:
    studio.runs.mkdir()
    (studio.runs / "away").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="leads out"):
        asked(studio, run="away")


@pytest.mark.parametrize(
    "override",
    [
        "loop.batch=many", "loop.batch=1.5", "loop.batch=true", "loop.batch=-1", "loop.batch=100000000",
        "loop.lr=nan", "loop.lr=inf", "loop.lr=[1]", "loop.lr=1e99", 'loop.on_trouble="; rm -rf ~"',
        "network.widths=[]", "network.widths=[64, -1]", "network.widths=64", 'network.widths=["64"]',
        "loop.betas=[0.9]", "network.image_size=99999", 'network.backbone="../../etc"', "flow.mirror=1",
        'data=["../../secret/products.parquet"]', 'matcher="/etc"', 'trunk="../x"', 'domain="products"', "name=x",
        "loop.nonsense=1", "loop=1", "", "=", "loop.batch", "loop.batch=8\nevil = 1", "__class__.x=1",
        "loop.steps=0.5", "network.vocab_size=9", 'teacher="/etc"',
    ],
)  # fmt: skip
def test_a_setting_the_recipe_has_not_or_of_another_kind_is_refused(studio: Settings, override: str) -> None:
    with pytest.raises(InputError):
        asked(studio, overrides=[override])


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("loop.batch=8", "loop.batch=8"),
        ("loop.lr = 1e-3", "loop.lr=0.001"),
        ("flow.mirror=true", "flow.mirror=true"),
        ("loop.on_trouble=roll back", 'loop.on_trouble="roll back"'),
        ("loop.betas=[0.8, 0.95]", "loop.betas=[0.8, 0.95]"),
        ("loop.steps=500", "loop.steps=500"),
        ("loop.batch=8 # a comment", "loop.batch=8"),
    ],
)
def test_overrides_are_written_anew_from_what_was_understood(given: str, written: str) -> None:
    assert checked_overrides("products", [given]) == [written]


@pytest.mark.parametrize("recipe", ["products", "anime", "double-128", "damsm-anime", "overlay"])
def test_every_kind_of_recipe_can_be_asked_for(studio: Settings, recipe: str) -> None:
    assert asked(studio, recipe=recipe, overrides=["loop.batch=8"], minutes=1.0).recipe == recipe


@pytest.mark.parametrize(
    "changed",
    [
        {"processes": 0}, {"processes": 9}, {"processes": 1.5}, {"processes": True},
        {"minutes": 0.0}, {"minutes": -1.0}, {"minutes": float("nan")}, {"minutes": float("inf")},
        {"timeout_minutes": 0.0}, {"timeout_minutes": 1e9}, {"data": []},
    ],
)  # fmt: skip
def test_numbers_beyond_reason_are_refused(studio: Settings, changed: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        asked(studio, **changed)


@pytest.mark.parametrize("overrides", [["loop.colour=1"], ["nonsense"], ["loop.colour.deep=1"]])
def test_the_command_line_learns_of_a_wrong_override_before_anything_starts(overrides: Sequence[str]) -> None:
    with pytest.raises(InputError):
        check(JobSpec("products", "run", ("data",), tuple(overrides)))
