from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from t2i_core.data.domains import DOMAINS
from t2i_core.data.training_set import Examples, load_examples
from t2i_core.training.score import Judge, Labels, labels_of, make_judge, some
from tests.training.made_up import PixelEncoder, write_catalogue

PRODUCTS = DOMAINS["products"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def sides(cache: Path) -> dict[str, Examples]:
    path = write_catalogue(cache / "products.parquet", held_out=40)
    return {
        "held_out": load_examples(PRODUCTS, [path], held_out=True, size=32, cache=cache),
        "training": load_examples(PRODUCTS, [path], held_out=False, size=32, cache=cache),
    }


@pytest.fixture(scope="module")
def judge(sides: dict[str, Examples], cache: Path) -> Judge:
    return make_judge(sides["training"], cache, PixelEncoder())


def test_the_real_pictures_themselves_score_perfectly(judge: Judge, sides: dict[str, Examples]) -> None:
    found = judge.score(sides["held_out"].images, sides["held_out"])
    assert found.frechet == pytest.approx(0, abs=1e-6)
    assert found.accuracy == {"category": 1.0, "colour": 1.0}
    assert found.tone_difference < 1  # measured again, the very colour that was asked


def test_pictures_of_other_products_score_worse_on_every_count(judge: Judge, sides: dict[str, Examples]) -> None:
    asked = sides["held_out"]
    swapped = np.roll(asked.images, 1, axis=0)  # neighbours differ in category, every second one in colour
    found = judge.score(swapped, asked)
    assert found.accuracy["category"] < 0.1
    assert 0.3 < found.accuracy["colour"] < 0.7
    assert found.tone_difference > 1
    assert found.frechet == pytest.approx(0, abs=1e-6)  # the same set of pictures


def test_noise_is_far_from_the_real_pictures(judge: Judge, sides: dict[str, Examples]) -> None:
    asked = sides["held_out"]
    noise = np.random.default_rng(0).integers(0, 256, asked.images.shape).astype(np.uint8)
    assert judge.score(noise, asked).frechet > 100 * judge.score(sides["training"].images[:40], asked).frechet


def test_a_second_judge_reads_features_and_classifiers_from_the_cache(
    judge: Judge, sides: dict[str, Examples], cache: Path
) -> None:
    class Forbidden(PixelEncoder):
        def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
            raise AssertionError("the features were computed again")

    again = make_judge(sides["training"], cache, Forbidden())
    assert (again.training == judge.training).all()
    assert again.probes["colour"].classify(again.training) == judge.probes["colour"].classify(judge.training)


def test_other_pictures_do_not_use_the_cached_features(judge: Judge, sides: dict[str, Examples], cache: Path) -> None:
    fewer = sides["training"].taken(range(0, 110))
    assert len(make_judge(fewer, cache, PixelEncoder()).training) == 110


def test_a_damaged_cache_file_is_made_anew(sides: dict[str, Examples], tmp_path: Path) -> None:
    expected = make_judge(sides["training"], tmp_path, PixelEncoder()).training
    for file in tmp_path.glob("*.safetensors"):
        file.write_bytes(file.read_bytes()[:100])
    assert (make_judge(sides["training"], tmp_path, PixelEncoder()).training == expected).all()


def test_a_label_the_classifier_never_learned_does_not_count(judge: Judge, sides: dict[str, Examples]) -> None:
    rows = judge.encoder(sides["held_out"].images)
    labels = labels_of(sides["held_out"])
    strange: Labels = {"category": ["Spaceship", *labels["category"][1:]], "colour": [None] * len(rows)}
    assert judge.accuracies(rows, strange) == {"category": 1.0}


def test_some_examples_are_the_same_for_a_seed_and_keep_their_parts_together(sides: dict[str, Examples]) -> None:
    held_out = sides["held_out"]
    first, again, other = some(held_out, 5), some(held_out, 5), some(held_out, 5, seed=1)
    assert [p.id for p in first.items] == [p.id for p in again.items]
    assert [p.id for p in first.items] != [p.id for p in other.items]
    place = held_out.items.index(first.items[3])
    assert (first.images[3] == held_out.images[place]).all()
    assert first.measured[3] == held_out.measured[place]


def test_a_score_reads_as_one_line(judge: Judge, sides: dict[str, Examples]) -> None:
    line = str(judge.score(sides["held_out"].images, sides["held_out"]))
    assert line.startswith("40 pictures: FD 0.0")
    assert "category 100.0%" in line
