import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.directions import FILE, KEY, Direction, Directions, from_waves, to_waves
from t2i_core.generate.interpolate import interpolate
from t2i_core.generate.picture import Picture
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.generate.sampler import seeded_noise
from t2i_core.weights import read_folder, write_folder

SHOES = GenerateRequest("Nike Men Red Sports Shoes", seed=3)


def pattern(place: int, side: int = 4) -> Tensor:
    """A noise vector of one wave alone."""
    weights = torch.zeros(3 * side * side)
    weights[place] = 1
    return weights.reshape(3, side, side)


def some(cond_dim: int = 32) -> Directions:
    listed = (
        Direction("lightness", "noise", "darker", "lighter", "lightness", 0.8, 2.5),
        Direction("Style 1", "noise"),
    )
    mood = torch.linspace(-3, 3, cond_dim)
    return Directions((*listed, Direction("mood", "condition")), (pattern(0), pattern(17), mood))


def write_model(source: Path, folder: Path, directions: Directions, change: Mapping[str, object] | None = None) -> Path:
    found = read_folder(source)
    config = {**found.config, KEY: directions.to_json(), **(change or {})}
    write_folder(folder, config, found.tensors, {**found.files, FILE: directions.to_bytes()})
    return folder


@pytest.fixture(scope="session")
def movable(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model's folder that holds directions."""
    return write_model(folder, tmp_path_factory.mktemp("weights") / "movable", some())


@pytest.fixture(scope="session")
def moving(movable: Path) -> TextToImage:
    return TextToImage.from_pretrained(movable)


def share(noise: Tensor, weights: Tensor) -> float:
    return float((noise * from_waves(weights, noise.shape[-1])).sum())


def difference(first: Picture, second: Picture) -> int:
    return int(np.abs(np.asarray(first.image, int) - np.asarray(second.image, int)).max())


@pytest.mark.parametrize("size", [32, 64, 128])
def test_waves_are_as_long_as_their_weights_at_any_size(size: int) -> None:
    weights = torch.randn(3, 5, 5, generator=torch.Generator().manual_seed(0))
    picture = from_waves(weights, size)
    assert picture.shape == (3, size, size)
    torch.testing.assert_close(picture.norm(), weights.norm())
    torch.testing.assert_close(to_waves(picture, 5), weights)
    steps = (picture[:, :, 1:] - picture[:, :, :-1]).abs().max() / picture.abs().max()
    assert steps < 16 / size  # smooth: no wave is shorter than half the picture


def test_waves_of_noise_are_standard_normal() -> None:
    waves = torch.stack([to_waves(seeded_noise(seed, 32), 4) for seed in range(200)])
    torch.testing.assert_close(waves.mean(), torch.tensor(0.0), atol=0.03, rtol=0)
    torch.testing.assert_close(waves.std(), torch.tensor(1.0), atol=0.03, rtol=0)


@given(st.integers(0, 1000), st.floats(-3, 3))
def test_a_move_changes_the_share_along_its_direction_and_nothing_else(seed: int, amount: float) -> None:
    noise = seeded_noise(seed, 32)
    moved = some().move_noise(noise, {"lightness": amount})
    before, after = share(noise, pattern(0)), share(moved, pattern(0))
    assert after == pytest.approx(before + abs(amount) / 3 * (math.copysign(3, amount) - before), abs=1e-4)
    rest = [picture - share(picture, pattern(0)) * from_waves(pattern(0), 32) for picture in (noise, moved)]
    torch.testing.assert_close(rest[0], rest[1], atol=1e-4, rtol=0)


def test_moving_further_never_turns_back_and_ends_at_three_deviations() -> None:
    for seed in range(50):
        noise = seeded_noise(seed, 32)
        shares = [
            share(some().move_noise(noise, {"lightness": move}), pattern(0)) for move in np.linspace(-3, 3, 13).tolist()
        ]
        assert shares == sorted(shares)
        assert shares[0] == pytest.approx(-3, abs=1e-4)
        assert shares[-1] == pytest.approx(3, abs=1e-4)


def test_the_order_in_which_moves_are_named_does_not_matter() -> None:
    noise = seeded_noise(5, 32)
    first = some().move_noise(noise, {"lightness": 1.0, "Style 1": -2.0})
    second = some().move_noise(noise, {"style 1": -2.0, "lightness": 1.0})
    assert torch.equal(first, second)


def test_a_condition_moves_by_standard_deviations() -> None:
    said = torch.ones(2, 32)
    torch.testing.assert_close(
        some().move_condition(said, {"mood": -0.5, "lightness": 2}), said - 0.5 * some().vectors[2]
    )


def test_moves_are_spelled_and_ordered_as_the_model_does_and_no_move_is_left_out() -> None:
    asked = {"MOOD": 1, " style  1": -2.5, "lightness": 0}
    assert list(some().check(asked).items()) == [("Style 1", -2.5), ("mood", 1.0)]


def test_an_unknown_direction_names_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no direction “glow”. It knows: lightness, Style 1, mood"):
        some().check({"glow": 1})
    with pytest.raises(InputError, match=r"no direction “glow”. It knows none"):
        Directions().check({"glow": 1})


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ({"lightness": 3.01}, "the move along lightness must be a number from -3 to 3"),
        ({"lightness": math.nan}, "from -3 to 3; got nan"),
        ({"lightness": math.inf}, "from -3 to 3"),
        ({"lightness": "1"}, "from -3 to 3"),
        ({"lightness": True}, "from -3 to 3"),
        ({1: 1.0}, "name=number"),
        ({"\udcff": 1.0}, "name=number"),
        (["lightness"], "name=number"),
    ],
)
def test_a_senseless_move_says_what_is_wrong(moves: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        GenerateRequest.from_dict({"prompt": "shoes", "moves": moves})


def test_moves_survive_json_and_cannot_change_under_a_request() -> None:
    moves = {"lightness": 1.5, "Style 1": -2}
    request = replace(SHOES, moves=moves)
    moves["lightness"] = 0
    assert request.moves == {"lightness": 1.5, "Style 1": -2.0}
    assert GenerateRequest.from_json(request.to_json()) == request


def test_a_request_without_moves_is_recorded_as_before_there_were_any() -> None:
    assert "moves" not in SHOES.to_dict()
    assert GenerateRequest.from_dict(SHOES.to_dict()).moves == {}


def test_a_model_brings_its_directions(moving: TextToImage, pipe: TextToImage) -> None:
    assert [direction.name for direction in moving.directions] == ["lightness", "Style 1", "mood"]
    assert next(iter(moving.directions)) == next(iter(some()))
    assert len(pipe.directions) == 0


def test_a_model_with_directions_draws_the_same_pictures_where_nothing_is_moved(
    moving: TextToImage, pipe: TextToImage
) -> None:
    asked = replace(SHOES, moves={"mood": 0.0})
    assert difference(moving.generate(asked)[0], pipe.generate(SHOES)[0]) == 0


@pytest.mark.parametrize("name", ["lightness", "Style 1", "mood"])
def test_every_move_changes_the_picture(moving: TextToImage, name: str) -> None:
    pictures = [moving.generate(replace(SHOES, moves={name: amount}))[0] for amount in (-2.0, 0.0, 2.0)]
    assert difference(pictures[0], pictures[1]) > 3
    assert difference(pictures[1], pictures[2]) > 3


def test_a_moved_picture_is_the_same_alone_and_in_any_batch(moving: TextToImage) -> None:
    asked = [replace(SHOES, count=2, moves={"lightness": 2, "mood": amount}) for amount in (-1.5, 0.0, 1.5)]
    together = moving.generate_many(asked)
    for size in (1, 4):
        apart = moving.generate_many(asked, batch_size=size)
        assert max(map(difference, together, apart)) <= 3


def test_a_saved_picture_remembers_its_moves(moving: TextToImage, tmp_path: Path) -> None:
    picture = moving.generate(replace(SHOES, moves={"STYLE 1": 2, "mood": 0}))[0]
    found = Picture.open(picture.save(tmp_path / "shoe.png"))
    assert found.request.moves == {"Style 1": 2.0}
    assert difference(moving.generate(found.request)[0], found) <= 3


def test_a_model_without_directions_refuses_moves(pipe: TextToImage) -> None:
    with pytest.raises(InputError, match="no direction “lightness”"):
        pipe.generate(replace(SHOES, moves={"lightness": 1}))


def test_a_walk_may_go_along_a_direction(moving: TextToImage) -> None:
    start, end = (replace(SHOES, moves={"lightness": amount, "mood": amount}) for amount in (-2.0, 2.0))
    walk = interpolate(moving, start, end, frames=3)
    ends = [moving.generate(request)[0] for request in (start, end)]
    for frame, picture in zip((walk.frames[0], walk.frames[-1]), ends, strict=True):
        assert np.abs(np.asarray(frame, int) - np.asarray(picture.image, int)).max() <= 3


def test_directions_lent_to_a_model_leave_the_model_as_it_was(pipe: TextToImage) -> None:
    lent = pipe.along(some())
    assert difference(lent.generate(replace(SHOES, moves={"mood": 2}))[0], pipe.generate(SHOES)[0]) > 3
    assert len(pipe.directions) == 0


BROKEN = {
    "another cond_dim": some(cond_dim=48),
    "a flat pattern": Directions((Direction("a", "noise"),), (torch.ones(4, 4) / 4,)),
    "a pattern finer than the picture": Directions((Direction("a", "noise"),), (pattern(0, side=40),)),
    "patterns of two sizes": Directions(
        (Direction("a", "noise"), Direction("b", "noise")), (pattern(0), pattern(1, 5))
    ),
    "a pattern that is too long": Directions((Direction("a", "noise"),), (2 * pattern(0),)),
    "the same pattern twice": Directions((Direction("a", "noise"), Direction("b", "noise")), (pattern(0), pattern(0))),
    "an endless vector": Directions((Direction("a", "condition"),), (torch.full((32,), math.inf),)),
    "a vector without length": Directions((Direction("a", "condition"),), (torch.tensor(1.0),)),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_directions_that_do_not_fit_the_network_are_refused(folder: Path, tmp_path: Path, broken: Directions) -> None:
    write_model(folder, tmp_path / "odd", broken)
    with pytest.raises(WeightsError, match=r"odd do not belong together.*direction.*again"):
        TextToImage.from_pretrained(tmp_path / "odd")


@pytest.mark.parametrize(
    "listed",
    [
        5,
        ["lightness"],
        [{"name": "lightness"}],
        [{"name": "lightness", "kind": "noise"}],
        [*some().to_json(), {"name": "more", "kind": "noise"}],
        [{**entry, "kind": "mood"} for entry in some().to_json()],
        [{**entry, "name": "lightness"} for entry in some().to_json()],
        [{**entry, "name": " "} for entry in some().to_json()],
        [{**entry, "name": 7} for entry in some().to_json()],
        [{**entry, "correlation": "high"} for entry in some().to_json()],
        [{**entry, "colour": "red"} for entry in some().to_json()],
    ],
)
def test_a_list_that_the_file_does_not_match_is_refused(folder: Path, tmp_path: Path, listed: object) -> None:
    write_model(folder, tmp_path / "odd", some(), {KEY: listed})
    with pytest.raises(WeightsError, match="do not belong together"):
        TextToImage.from_pretrained(tmp_path / "odd")


def test_a_missing_file_of_directions_is_named(movable: Path, tmp_path: Path) -> None:
    found = read_folder(movable)
    write_folder(tmp_path / "odd", found.config, found.tensors, {"tokenizer.model": found.files["tokenizer.model"]})
    with pytest.raises(WeightsError, match=FILE):
        TextToImage.from_pretrained(tmp_path / "odd")


def test_a_damaged_file_of_directions_is_named(movable: Path, tmp_path: Path) -> None:
    found = read_folder(movable)
    write_folder(tmp_path / "odd", found.config, found.tensors, {**found.files, FILE: b"no tensors"})
    with pytest.raises(WeightsError, match=FILE):
        TextToImage.from_pretrained(tmp_path / "odd")
    (tmp_path / "odd" / FILE).write_bytes(found.files[FILE])  # whole, but not what config.json vouches for
    with pytest.raises(WeightsError, match=FILE):
        read_folder(tmp_path / "odd")


def test_an_empty_list_is_no_direction(folder: Path, tmp_path: Path) -> None:
    found = read_folder(folder)
    write_folder(tmp_path / "none", {**found.config, KEY: []}, found.tensors, found.files)
    assert len(TextToImage.from_pretrained(tmp_path / "none").directions) == 0


def test_directions_are_stored_as_strict_json_and_their_vectors_by_kind_and_place() -> None:
    json.dumps(some().to_json(), allow_nan=False)
    again = Directions.from_folder(
        {KEY: json.loads(json.dumps(some().to_json()))}, {FILE: some().to_bytes()}, cond_dim=32, image_size=32
    )
    assert again.listed == some().listed
    assert all(map(torch.equal, again.vectors, some().vectors))
