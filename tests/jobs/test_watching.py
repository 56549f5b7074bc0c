import math
from pathlib import Path

import pytest
from PIL import Image

from t2i_core.jobs.spec import JobSpec
from t2i_core.jobs.watching import MOST_POINTS, curve, in_words, loop_of, losses_in, pace, sheets_of
from t2i_core.training.health import Line

RECIPE = 'name = "x"\n[loop]\nminutes = 60.0\nbatch = 32\n'


def spec(*overrides: str, minutes: float | None = None) -> JobSpec:
    return JobSpec(recipe="products", run="run", data=("data",), overrides=overrides, minutes=minutes)


def lines(steps: int = 100, spent: float = 600.0, speed: float = 64.0) -> list[Line]:
    return [
        {"step": step, "loss": 1.0 / step, "lr": 1e-3, "spent": spent * step / steps, "images_per_second": speed}
        for step in range(1, steps + 1)
    ]


def test_a_run_without_metrics_has_no_pace() -> None:
    assert pace(spec(), RECIPE, []) is None


def test_minutes_that_are_left_are_those_of_the_clock() -> None:
    found = pace(spec(), RECIPE, lines())
    assert found is not None
    assert (found.step, found.speed, found.spent) == (100, 64.0, 600.0)
    assert found.used == pytest.approx(1 / 6)
    assert found.left == 3000.0


def test_minutes_of_the_job_come_before_the_recipes_own() -> None:
    found = pace(spec("loop.steps=50", minutes=20.0), RECIPE, lines())
    assert found is not None
    assert found.used == 0.5


def test_steps_that_are_left_take_as_long_as_the_last_ones() -> None:
    found = pace(spec("loop.steps=400", "loop.batch=64"), RECIPE, lines())
    assert found is not None
    assert found.used == 0.25
    assert found.left == 300.0  # 300 steps of one second


def test_processor_minutes_are_burnt_at_the_rate_seen_so_far() -> None:
    found = pace(spec("loop.cpu_minutes=20", "loop.batch=64"), RECIPE, lines())
    assert found is not None
    assert found.used == 0.5
    assert found.left == pytest.approx(100.0)  # six processor seconds a step, one of the clock


def test_the_budget_given_last_counts_alone() -> None:
    assert loop_of(spec("loop.steps=10"), RECIPE) == {"batch": 32, "steps": 10.0}


def test_a_recipe_that_cannot_be_read_leaves_the_pace_open() -> None:
    found = pace(spec(), "[", lines())
    assert found is not None
    assert (found.used, found.left) == (None, None)


def test_losses_come_before_what_else_was_written_down() -> None:
    assert losses_in([{"step": 1, "flow": 1.0, "loss": 2.0, "lr": 0.1, "grad_norm": 1.0}]) == ["loss", "flow"]


def test_an_unsmoothed_curve_is_what_was_measured() -> None:
    assert curve([{"step": 5, "loss": 2.0}, {"step": 10, "loss": 1.0}], "loss") == [(5, 2.0), (10, 1.0)]


def test_a_smooth_curve_starts_at_its_first_value_and_follows_slowly() -> None:
    told = [{"step": step, "loss": 1.0 if step == 0 else 0.0} for step in range(3)]
    smooth = curve(told, "loss", 0.5)
    assert [value for _, value in smooth] == pytest.approx([1.0, 1 / 3, 1 / 7])


def test_values_that_are_no_numbers_are_left_out() -> None:
    told: list[Line] = [{"step": 1, "loss": 1.0}, {"step": 2, "loss": math.nan}, {"step": 3}, {"step": 4, "loss": 2.0}]
    step, value = curve(told, "loss", 0.9)[0]
    assert (step, round(value, 9)) == (1, 1.0)
    assert [step for step, _ in curve(told, "loss")] == [1, 4]


def test_a_long_curve_is_thinned_but_keeps_both_ends() -> None:
    found = curve(lines(steps=5 * MOST_POINTS + 7), "loss")
    assert len(found) <= MOST_POINTS + 1
    assert (found[0][0], found[-1][0]) == (1, 5 * MOST_POINTS + 7)


def test_sheets_are_found_in_the_order_of_their_steps_and_nothing_else_is(tmp_path: Path) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    for name in ("step-0000200.png", "step-0000010.png", "other.png"):
        Image.new("RGB", (4, 4)).save(folder / name)
    (folder / "step-0000300.png").symlink_to("/etc/hostname")
    assert list(sheets_of(tmp_path)) == [10, 200]
    assert sheets_of(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3540, "59 min"),
        (3600, "1 h 0 min"),
        (12_000, "3 h 20 min"),
        (200_000, "2 days 7 h"),
    ],
)
def test_a_length_of_time_is_said_as_people_do(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
