import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from t2i_core.data.domains import DOMAINS
from t2i_core.data.training_set import load_examples
from t2i_core.errors import DataError, InputError, WeightsError
from t2i_core.generate.pipeline import TextToImage
from t2i_core.training import evaluate
from t2i_core.training.evaluate import evaluate_pictures, everything_known, title_alone
from t2i_core.training.evaluation import Evaluation
from t2i_core.training.matching_report import Share, share
from tests.tiny import tiny_model
from tests.training.made_up import PixelEncoder, write_catalogue

pytest.importorskip("prdc", reason="prdc comes with the `train` extra")

COUNT = 10

PRODUCTS = DOMAINS["products"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation")
    tiny_model(folder / "tiny")
    write_catalogue(folder / "products.parquet")
    return folder


def run(folder: Path, out: str = "out", **options: object) -> Evaluation:
    return evaluate_pictures(
        folder / "tiny",
        [folder / "products.parquet"],
        cache=folder / "cache",
        out=folder / out,
        encoder=PixelEncoder(),
        **{"count": COUNT, **options},  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def found(folder: Path) -> Evaluation:
    return run(folder)


def test_a_random_model_is_told_from_the_real_pictures(found: Evaluation) -> None:
    for way in (found.everything, found.title):
        assert way.score.frechet > 5 * found.floor.frechet
        assert way.score.kernel.mean > found.floor.kernel.mean
        assert way.overlap.coverage < found.floor.overlap.coverage
        assert way.copies.median > way.copies.real_median


def test_accuracy_stands_beside_that_of_the_classifiers_on_real_pictures(found: Evaluation) -> None:
    way = found.everything
    assert way.real_accuracy == {"category": 1.0, "colour": 1.0}
    assert way.asked == {"category": COUNT, "colour": COUNT}
    assert way.accuracy_ratio == way.score.accuracy  # of 100 %


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(folder: Path, found: Evaluation) -> None:
    again = run(folder)
    assert replace(again, seconds=0) == replace(found, seconds=0)
    other = run(folder, "other", seed=7)
    assert other.everything.score.frechet != found.everything.score.frechet


def test_the_numbers_are_plain_json(found: Evaluation) -> None:
    text = json.dumps(asdict(found), allow_nan=False)
    assert json.loads(text)["title"]["score"]["count"] == COUNT


def test_the_table_shows_every_number_beside_that_of_real_pictures(found: Evaluation) -> None:
    table = str(found)
    for word in ("Fréchet distance", "KID", "precision", "recall", "density", "coverage", "category, accuracy", "tone"):
        assert word in table
    assert f"{found.everything.score.tone_difference:.1f}" in table


def test_sheets_show_what_was_made_and_the_training_pictures_nearest_to_it(found: Evaluation) -> None:
    assert len(found.sheets) == 4
    for path in found.sheets:
        with Image.open(path) as sheet:
            assert sheet.width > 8 * 64


def test_steps_of_both_halves_are_told(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    run(folder, "told", on_step=lambda done, total: told.append((done, total)))
    assert told == [(step, 8) for step in range(1, 9)]  # 4 steps, twice


def test_a_title_alone_asks_only_for_what_the_parser_hears(folder: Path) -> None:
    pipe = TextToImage.from_pretrained(folder / "tiny")
    products = load_examples(PRODUCTS, [folder / "products.parquet"], held_out=True, size=32, cache=folder / "cache")
    title, everything = (ask(products, 3, pipe, 100) for ask in (title_alone, everything_known))
    assert title.attributes == {}
    assert title.seed == everything.seed == 103
    assert everything.attributes["tone"] not in (None, "")
    assert pipe.resolve(title)["colour"] == everything.attributes["colour"]
    assert "tone" not in pipe.resolve(title)


@pytest.mark.parametrize("count", [0, 1, -3, 10_000])
def test_a_count_the_held_out_products_do_not_give_is_refused(folder: Path, count: int) -> None:
    with pytest.raises(InputError, match=r"count must be a whole number from 2 to 12"):
        run(folder, count=count)


def test_products_without_a_title_cannot_be_asked_for(folder: Path, tmp_path: Path) -> None:
    path = write_catalogue(tmp_path / "untitled.parquet", titles=False)
    with pytest.raises(InputError, match="held-out items"):
        evaluate_pictures(folder / "tiny", [path], cache=tmp_path, out=tmp_path, count=2, encoder=PixelEncoder())


def test_missing_data_and_missing_models_say_so(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        evaluate_pictures(folder / "tiny", [tmp_path / "no.parquet"], cache=tmp_path, out=tmp_path, count=2)
    with pytest.raises(WeightsError):
        evaluate_pictures(tmp_path / "no-model", [folder / "products.parquet"], cache=tmp_path, out=tmp_path)


def test_a_domain_with_a_matcher_is_also_judged_by_its_texts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def found(matcher: object, images: np.ndarray, captions: list[str], labels: list[tuple[str, ...]]) -> Share:
        asked.append(captions)
        return share(np.arange(len(images)) < 2)

    monkeypatch.setattr(evaluate, "find_matcher", lambda domain: object() if domain == "products" else None)
    monkeypatch.setattr(evaluate, "r_precision", found)
    result = run(folder, "matched")
    assert result.floor.r_precision == result.title.r_precision == share(np.arange(COUNT) < 2)
    assert len(asked) == 3  # the real pictures', and both ways of asking
    assert asked[0] == asked[1] == asked[2]
    assert "R-precision" in str(result)


def test_without_a_matcher_no_texts_are_looked_for(found: Evaluation) -> None:
    assert found.floor.r_precision is None
    assert "R-precision" not in str(found)
