import json
import shutil
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor

from t2i_core.errors import Cancelled, InputError, WeightsError
from t2i_core.generate.loading import load_model
from t2i_core.generate.picture import Picture
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.settings import get_settings
from t2i_core.weights import read_folder, write_folder
from tests.tiny import tiny_model

SHOES = GenerateRequest("Nike Men Red Sports Shoes", seed=3, count=3)


def difference(first: Picture, second: Picture) -> int:
    """The largest difference of any channel of any pixel, of 255."""
    return int(np.abs(np.asarray(first.image, int) - np.asarray(second.image, int)).max())


def same(first: Sequence[Picture], second: Sequence[Picture]) -> bool:
    return [p.png() for p in first] == [p.png() for p in second]


def test_a_request_gives_its_pictures_in_the_order_of_their_seeds(pipe: TextToImage) -> None:
    pictures = pipe.generate(SHOES)
    assert [picture.request.seed for picture in pictures] == [3, 4, 5]
    assert {picture.image.size for picture in pictures} == {(32, 32)}
    assert {picture.image.mode for picture in pictures} == {"RGB"}


def test_the_same_request_gives_the_same_bytes(pipe: TextToImage, folder: Path) -> None:
    assert same(pipe.generate(SHOES), pipe.generate(SHOES))
    assert same(pipe.generate(SHOES), TextToImage.from_pretrained(folder).generate(SHOES))


def test_every_picture_differs_from_its_neighbours(pipe: TextToImage) -> None:
    first, second, third = pipe.generate(SHOES)
    assert min(difference(first, second), difference(second, third)) > 30


@pytest.mark.parametrize("guidance", [0.0, 1.0, 2.0, 7.5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_picture_is_the_same_alone_and_in_any_batch(folder: Path, dtype: torch.dtype, guidance: float) -> None:
    pipe = TextToImage(load_model(read_folder(folder)), dtype=dtype)
    many = replace(SHOES, count=9, guidance=guidance)
    together = pipe.generate(many)
    for size in (1, 2, 5):
        apart = pipe.generate_many([many], batch_size=size)
        assert max(map(difference, together, apart)) <= 3


def test_half_precision_draws_nearly_the_same_picture(folder: Path) -> None:
    full, half = (
        TextToImage(load_model(read_folder(folder)), dtype=dtype) for dtype in (torch.float32, torch.bfloat16)
    )
    first, second = full.generate(SHOES)[0], half.generate(SHOES)[0]
    assert 0 < np.abs(np.asarray(first.image, float) - np.asarray(second.image, float)).mean() < 4


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_the_precision_is_a_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch, precision: str, dtype: torch.dtype
) -> None:
    monkeypatch.setenv("T2I_PRECISION", precision)
    get_settings.cache_clear()
    assert TextToImage.from_pretrained(folder).dtype == dtype


def test_a_saved_picture_says_how_to_get_it_again(pipe: TextToImage, tmp_path: Path) -> None:
    picture = pipe.generate(SHOES)[1]
    found = Picture.open(picture.save(tmp_path / "shoe.png"))
    assert difference(pipe.generate(found.request)[0], found) <= 3


def test_a_picture_remembers_its_model_and_attributes_as_the_model_spells_them(pipe: TextToImage) -> None:
    request = pipe.generate(GenerateRequest("shoes", {"colour": " navy BLUE", "fill": "0.70", "tone": "AA0000"}))[
        0
    ].request
    assert request == GenerateRequest("shoes", {"colour": "Navy Blue", "fill": 0.7, "tone": "#aa0000"}, model="tiny")


def test_requests_of_all_kinds_may_be_drawn_together(pipe: TextToImage) -> None:
    asked = [
        GenerateRequest("red shoes", seed=1, num_steps=2),
        GenerateRequest("blue jeans", seed=2, guidance=1.0),
        GenerateRequest("white watch", seed=3, num_steps=2),
        GenerateRequest("green handbag", seed=4, count=2, variation=0.4, variation_seed=9),
    ]
    together = pipe.generate_many(asked)
    apart = [picture for request in asked for picture in pipe.generate(request)]
    assert [p.request for p in together] == [p.request for p in apart]
    assert max(map(difference, together, apart)) <= 3


def test_no_requests_give_no_pictures(pipe: TextToImage) -> None:
    assert pipe.generate_many([]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "Titan Women Watch"},
        {"attributes": {"colour": "Blue"}},
        {"attributes": {"tone": "#00ff00"}},
        {"attributes": {"lightness": 90}},
        {"attributes": {"aspect": -2.0}},
        {"attributes": {"fill": 0.5}},
        {"guidance": 6.0},
        {"num_steps": 9},
        {"seed": 4},
        {"variation": 0.2},
    ],
)
def test_everything_that_is_asked_for_changes_the_picture(pipe: TextToImage, change: dict[str, object]) -> None:
    request = replace(SHOES, count=1)
    changed = GenerateRequest.from_dict(request.to_dict() | change)
    assert difference(pipe.generate(request)[0], pipe.generate(changed)[0]) > 3


def test_a_small_variation_stays_nearer_than_another_seed(pipe: TextToImage) -> None:
    request = replace(SHOES, count=1, variation_seed=77)
    own, near, far = (pipe.noise(replace(request, variation=share)) for share in (0.0, 0.2, 1.0))
    assert torch.dist(own, near) < 0.5 * torch.dist(own, far)
    torch.testing.assert_close(far, pipe.noise(replace(request, seed=77)))


def test_what_the_prompt_says_is_asked_for_and_the_model_s_defaults_with_it(pipe: TextToImage) -> None:
    asked = pipe.resolve(GenerateRequest("Nike Men Red Sports Shoes"))
    assert asked == {"category": "Sports Shoes", "colour": "Red", "gender": "Men", "fill": 0.92}


def test_what_is_chosen_wins_over_what_the_prompt_says(pipe: TextToImage) -> None:
    request = GenerateRequest("Nike Men Red Sports Shoes", {"colour": "blue", "fill": "0.7"})
    assert pipe.resolve(request) == {"category": "Sports Shoes", "colour": "Blue", "gender": "Men", "fill": 0.7}
    assert pipe.words(request) == "Nike Men Blue Sports Shoes"


def test_a_choice_against_the_words_draws_what_the_words_with_that_choice_would(pipe: TextToImage) -> None:
    against = GenerateRequest("Men red sports shoes", {"colour": "Blue"})
    along = GenerateRequest("Men Blue sports shoes")
    assert difference(pipe.generate(against)[0], pipe.generate(along)[0]) == 0


@pytest.mark.parametrize(
    "asked",
    [{"colour": "Sparkling"}, {"size": "42"}, {"fill": "nan"}, {"fill": 7}, {"tone": "red"}, {"aspect": "wide"}],
)
def test_an_attribute_the_model_does_not_know_is_an_input_error(pipe: TextToImage, asked: dict[str, str]) -> None:
    with pytest.raises(InputError, match=next(iter(asked))):
        pipe.generate(GenerateRequest("shoes", asked))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(str.strip))
def test_any_prompt_can_be_embedded(pipe: TextToImage, prompt: str) -> None:
    assert torch.isfinite(pipe.embed([GenerateRequest(prompt)])).all()


@pytest.mark.parametrize("prompt", ["👟👟👟", "أحذية رياضية حمراء للرجال", "shoes " * 300, "\x00\x07 shoes"])
def test_unusual_prompts_are_drawn_like_any_other(pipe: TextToImage, prompt: str) -> None:
    assert len(pipe.generate(GenerateRequest(prompt))) == 1


def test_progress_counts_every_step_of_every_batch(pipe: TextToImage) -> None:
    told: list[tuple[int, int]] = []
    asked = [replace(SHOES, count=3), replace(SHOES, count=2, num_steps=3)]
    pipe.generate_many(asked, lambda done, total: told.append((done, total)), batch_size=2)
    assert told == [(step, 11) for step in range(1, 12)]  # two batches of 4 steps and one of 3


def test_a_cancelled_generation_stops_at_once_and_leaves_the_model_usable(pipe: TextToImage) -> None:
    def stop(done: int, total: int) -> None:
        heard.append(done)
        raise Cancelled("Stopped.")

    heard: list[int] = []
    with pytest.raises(Cancelled):
        pipe.generate(SHOES, stop)
    assert heard == [1]
    assert len(pipe.generate(SHOES)) == 3


def test_sessions_that_draw_at_the_same_time_do_not_disturb_each_other(pipe: TextToImage) -> None:
    asked = [replace(SHOES, count=2, seed=seed) for seed in (1, 20, 300)]
    alone = [pipe.generate(request) for request in asked]
    gate = threading.Barrier(len(asked))

    def draw(request: GenerateRequest) -> list[Picture]:
        gate.wait()
        return pipe.generate(request)

    with ThreadPoolExecutor(len(asked)) as pool:
        at_once = list(pool.map(draw, asked))
    assert all(map(same, alone, at_once))


def test_guidance_of_one_asks_the_network_half_as_much(pipe: TextToImage, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    denoise = pipe.network.denoise

    def watch(x: Tensor, cond: Tensor) -> Tensor:
        sizes.append(len(x))
        return denoise(x, cond)

    monkeypatch.setattr(pipe.network, "denoise", watch)
    pipe.generate(replace(SHOES, guidance=1.0, num_steps=1))
    pipe.generate(replace(SHOES, guidance=2.0, num_steps=1))
    assert sizes == [3, 6]


def test_pixels_span_black_to_white(pipe: TextToImage, monkeypatch: pytest.MonkeyPatch) -> None:
    bands = torch.linspace(-1.2, 1.2, 32).expand(3, 32, 32)
    monkeypatch.setattr(pipe.network, "denoise", lambda x, cond: bands.expand(len(x), -1, -1, -1))
    picture = pipe.generate(replace(SHOES, count=1))[0]
    row = np.asarray(picture.image)[0, :, 0]
    assert row[0] == 0
    assert row[-1] == 255
    assert (np.diff(row.astype(int)) >= 0).all()


def test_a_missing_model_says_where_it_was_sought(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no-such-model"):
        TextToImage.from_pretrained("no-such-model")


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.model", "config.json"])
def test_a_truncated_file_is_named_before_anything_is_drawn(folder: Path, tmp_path: Path, name: str) -> None:
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    data = (broken / name).read_bytes()
    (broken / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(WeightsError, match=name):
        TextToImage.from_pretrained(broken)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.model"])
def test_a_missing_file_is_named(folder: Path, tmp_path: Path, name: str) -> None:
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    (broken / name).unlink()
    with pytest.raises(WeightsError, match=name):
        TextToImage.from_pretrained(broken)


def test_weights_of_another_model_are_refused(folder: Path, tmp_path: Path) -> None:
    swapped = Path(shutil.copytree(folder, tmp_path / "swapped"))
    other = tiny_model(tmp_path / "other", seed=1)
    shutil.copy(other / "model.safetensors", swapped)
    with pytest.raises(WeightsError, match="another model"):
        TextToImage.from_pretrained(swapped)


@pytest.mark.parametrize(
    "change",
    [
        {"network": {"choices": [1], "numbers": 6}},
        {"network": {"mood": "bright"}},
        {"network": 5},
        {"attributes": []},
        {"attributes": [{"kind": "mood"}]},
        {"sampling": {"steps": 4}},
        {"brands": "Nike"},
    ],
)
def test_parts_that_do_not_fit_together_are_refused(folder: Path, tmp_path: Path, change: dict[str, object]) -> None:
    config = json.loads((folder / "config.json").read_text()) | change
    tensors = load_file(folder / "model.safetensors")
    tokenizer = (folder / "tokenizer.model").read_bytes()
    write_folder(tmp_path / "odd", config, tensors, {"tokenizer.model": tokenizer})
    with pytest.raises(WeightsError, match="do not belong together"):
        TextToImage.from_pretrained(tmp_path / "odd")


def test_a_model_of_another_kind_is_refused(folder: Path, tmp_path: Path) -> None:
    found = read_folder(folder)
    write_folder(tmp_path / "titles", {**found.config, "model": "doc2vec"}, found.tensors, found.files)
    with pytest.raises(WeightsError, match="doc2vec"):
        TextToImage.from_pretrained(tmp_path / "titles")


def test_a_device_this_machine_lacks_is_an_input_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_DEVICE", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    get_settings.cache_clear()
    with pytest.raises(InputError, match="T2I_DEVICE"):
        TextToImage.from_pretrained(folder)


def test_loading_leaves_no_gradients_to_pay_for(pipe: TextToImage) -> None:
    assert not any(parameter.requires_grad for parameter in pipe.network.parameters())
    assert not pipe.network.training


def test_words_a_model_never_read_are_strangers(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    config = json.loads((copy / "config.json").read_text())
    config["words"] = ["zebra", "running"]
    (copy / "config.json").write_text(json.dumps(config))
    pipe = TextToImage.from_pretrained(copy)
    assert pipe.strangers("Nike zebra running shoes for a Quantum leap, quantum") == ("Quantum", "leap")


def test_without_a_list_of_words_the_unrecognised_are_strangers(pipe: TextToImage) -> None:
    assert pipe.strangers("Nike zebra shoes") == ("zebra",)
