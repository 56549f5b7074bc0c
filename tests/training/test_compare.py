from dataclasses import asdict
from pathlib import Path

import pytest

from t2i_core.errors import InputError
from t2i_core.training.compare import FOLDER, Outcome, compare, read_plan, table
from t2i_core.training.metrics import Spread
from t2i_core.training.recipe import read_recipe
from t2i_core.training.score import Score

SCORE = asdict(Score(512, 321.4, Spread(0.01, 0.001), {"category": 0.5, "colour": 0.25}, 8.25))
DONE = Outcome("U-Net", 2.0, 7_100_000, 1234, SCORE, SCORE)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.toml")))
def test_every_shipped_comparison_has_variants_its_recipe_accepts(name: str) -> None:
    plan = read_plan(name)
    for variant in plan.variants:
        read_recipe(plan.recipe, variant.set)
    assert len({variant.slug for variant in plan.variants}) == len(plan.variants)
    assert 2.0 in plan.guidances


def test_a_row_shows_size_steps_and_both_ways_of_asking() -> None:
    assert table([DONE]).splitlines()[-1] == (
        "| U-Net | 2 | 7.1 M | 1,234 | 321 | 50 % | 25 % | 8.2 | 321 | 50 % | 25 % |"
    )


def test_the_table_is_as_wide_as_its_rows() -> None:
    head, rule, row = table([DONE]).splitlines()
    assert head.count("|") == rule.count("|") == row.count("|")


def test_finished_variants_are_read_and_not_trained_again(tmp_path: Path) -> None:
    variant = read_plan("products").variants[0]
    kept = tmp_path / variant.slug / "outcome-guidance-2.json"
    kept.parent.mkdir()
    import json

    kept.write_text(json.dumps(asdict(DONE)))
    found = compare("products", [tmp_path / "no-data"], tmp_path, cache=tmp_path, only=[variant.name])
    assert found == [DONE]


def test_a_comparison_that_is_missing_or_incomplete_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="products"):
        read_plan("aeroplanes")
    path = tmp_path / "mine.toml"
    path.write_text("recipe = 'products'")
    with pytest.raises(InputError, match="variant"):
        read_plan(str(path))
    path.write_text("recipe =")
    with pytest.raises(InputError, match="not a comparison"):
        read_plan(str(path))
