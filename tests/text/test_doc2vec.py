import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.errors import DataError, InputError, WeightsError
from t2i_core.text.attributes import AttributeSpace, Choice
from t2i_core.text.doc2vec import Doc2VecModel, Doc2VecOptions, described, index_titles, train_doc2vec
from t2i_core.text.similar import directions
from t2i_core.text.tokenizer import train_tokenizer
from t2i_core.weights import read_folder, write_folder
from tests.tiny import tiny_model

BRANDS = ("Nike", "Puma", "Titan", "Fossil")
COLOURS = ("Red", "Black", "White")
GOODS = ("Running Shoes", "Chronograph Watch", "Leather Wallet")
TITLES = [f"{brand} Men {colour} {goods}" for brand, colour, goods in product(BRANDS, COLOURS, GOODS)]
CATEGORIES = {"Running Shoes": "Sports Shoes", "Chronograph Watch": "Watches", "Leather Wallet": "Wallets"}
DESCRIBED = {t: described(t, {"category": next(c for g, c in CATEGORIES.items() if g in t)}) for t in TITLES}
SPACE = AttributeSpace((Choice("category", tuple(CATEGORIES.values())), Choice("colour", COLOURS)))
OPTIONS = Doc2VecOptions(dim=16, epochs=60, sample=0, prior=0.05, seed=3)  # all words here are frequent


def trained() -> Doc2VecModel:
    corpus = [*TITLES, *DESCRIBED.values()]
    tokenizer = train_tokenizer(corpus, vocab_size=100)
    return index_titles(DESCRIBED, tokenizer, train_doc2vec(corpus, tokenizer, OPTIONS), OPTIONS, SPACE)


@pytest.fixture(scope="module")
def model() -> Doc2VecModel:
    return trained()


@pytest.fixture
def folder(model: Doc2VecModel, tmp_path: Path) -> Path:
    model.save(tmp_path / "titles", {"titles": len(TITLES)}, "# A card")
    return tmp_path / "titles"


def test_the_same_text_always_has_the_same_vector(model: Doc2VecModel) -> None:
    assert np.array_equal(model.vector("Nike red shoes"), model.vector("Nike red shoes"))


def test_a_vector_is_float32_and_as_long_as_the_options_say(model: Doc2VecModel) -> None:
    vector = model.vector("Nike red shoes")
    assert vector.dtype == np.float32
    assert vector.shape == (16,)
    assert np.linalg.norm(vector) > 0


def test_the_order_and_the_case_of_words_do_not_matter(model: Doc2VecModel) -> None:
    assert model.vector("RED shoes nike") == pytest.approx(model.vector("Nike Red Shoes"), abs=1e-5)


def test_the_batch_a_text_is_in_changes_its_vector_by_rounding_only(model: Doc2VecModel) -> None:
    together = model.vectors(TITLES, batch_size=7)
    alone = np.stack([model.vector(title) for title in TITLES])
    assert together == pytest.approx(alone, abs=1e-4)
    assert model.vectors([]).shape == (0, 16)


def test_training_again_gives_the_same_model_whatever_pythons_hash_seed(model: Doc2VecModel) -> None:
    code = "from tests.text.test_doc2vec import trained; print(trained().vector('Nike red shoes').tobytes().hex())"
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(root)}
    run = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, check=True)
    assert run.stdout.decode().strip() == model.vector("Nike red shoes").tobytes().hex()


def test_a_known_title_finds_itself_first(model: Doc2VecModel) -> None:
    for title in TITLES:
        best = model.similar(title, 1)[0]
        assert best.title == title
        assert best.score > 0.95


def test_similar_titles_share_what_the_query_names(model: Doc2VecModel) -> None:
    assert all("Watch" in found.title for found in model.similar("wristwatch chronograph", 5))
    found = model.similar("puma wallet", 3)
    assert all("Puma" in f.title and "Wallet" in f.title for f in found)


def test_scores_fall_and_stay_within_one(model: Doc2VecModel) -> None:
    scores = [found.score for found in model.similar("black shoes", len(TITLES))]
    assert len(scores) == len(TITLES)
    assert scores == sorted(scores, reverse=True)
    assert all(-1 <= score <= 1 for score in scores)


def test_what_a_query_asks_for_is_added_in_the_catalogues_words(model: Doc2VecModel) -> None:
    assert model.explained("scarlet trainers") == "scarlet trainers Sports Shoes Red Sports Shoes"
    assert model.explained("zyzzyva") == "zyzzyva"


def test_a_word_no_title_has_changes_little(model: Doc2VecModel) -> None:
    known, with_stranger = directions(model.vectors(["nike wallet", "nike wallet zyzzyva"]))
    assert known @ with_stranger > 0.9


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_query_is_answered_with_an_example(model: Doc2VecModel, text: str) -> None:
    with pytest.raises(InputError, match="Type the words of a product"):
        model.similar(text)


@pytest.mark.parametrize("text", ["🎸", "قميص أحمر", "zyzzyva", "!!!"])
def test_a_query_without_a_known_word_is_refused_and_quoted(model: Doc2VecModel, text: str) -> None:
    with pytest.raises(InputError, match=f"No known title has a word of “{text}”"):
        model.similar(text)


def test_a_query_that_is_too_long_says_how_long_it_may_be(model: Doc2VecModel) -> None:
    with pytest.raises(InputError, match=r"10,000 characters; the limit is 2,000"):
        model.similar("red shoes " * 1000)


@given(st.text(max_size=60))
def test_any_text_has_a_finite_vector(model: Doc2VecModel, text: str) -> None:
    assert np.isfinite(model.vector(text)).all()


def test_a_text_without_known_pieces_has_no_direction(model: Doc2VecModel) -> None:
    assert not model.vectors(["", "👟 👟", "!!!"]).any()


def test_a_model_read_from_its_folder_answers_as_the_one_written(model: Doc2VecModel, folder: Path) -> None:
    again = Doc2VecModel.from_folder(folder)
    assert np.array_equal(again.vector("puma shoes"), model.vector("puma shoes"))
    assert again.similar("puma shoes", 5) == model.similar("puma shoes", 5)


def test_the_folder_holds_no_pickle(folder: Path) -> None:
    assert sorted(f.name for f in folder.iterdir()) == [
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.model",
    ]
    assert json.loads((folder / "config.json").read_text())["model"] == "doc2vec"


def test_another_kind_of_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is a patchflow model, not title vectors"):
        Doc2VecModel.from_folder(tiny_model(tmp_path / "products"))


@pytest.mark.parametrize("harm", ["fewer vectors", "no options", "other tokenizer", "no counts"])
def test_parts_that_do_not_belong_together_are_refused(folder: Path, tmp_path: Path, harm: str) -> None:
    whole = read_folder(folder)
    config, tensors, files = dict(whole.config), dict(whole.tensors), dict(whole.files)
    if harm == "fewer vectors":
        tensors["title_vectors"] = tensors["title_vectors"][:-1].clone()
    elif harm == "no options":
        config["options"] = {}
    elif harm == "other tokenizer":
        files["tokenizer.model"] = train_tokenizer(TITLES, vocab_size=60).model
    else:
        del tensors["counts"]
    write_folder(tmp_path / "harmed", config, tensors, files)
    with pytest.raises(WeightsError, match=r"config\.json does not match its weights"):
        Doc2VecModel.from_folder(tmp_path / "harmed")


def test_too_few_titles_to_learn_from_say_so(model: Doc2VecModel) -> None:
    with pytest.raises(DataError, match="too few titles"):
        train_doc2vec(["", "🎸"], model.tokenizer)
