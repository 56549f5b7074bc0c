import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from t2i_core.errors import Cancelled, InputError, OutputError
from t2i_core.generate.interpolate import Walk, interpolate
from t2i_core.generate.picture import Picture
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest

RED = GenerateRequest("Nike Men Red Sports Shoes", seed=1)
BLUE = GenerateRequest("Titan Women Blue Watch", seed=1)


def apart(first: Image.Image, second: Image.Image) -> float:
    """Mean difference of the pixels, of 255."""
    return float(np.abs(np.asarray(first, float) - np.asarray(second, float)).mean())


def farthest(first: Image.Image, second: Image.Image) -> int:
    return int(np.abs(np.asarray(first, int) - np.asarray(second, int)).max())


@pytest.mark.parametrize("second", [BLUE, replace(RED, seed=2), replace(BLUE, seed=2)])
def test_a_walk_starts_at_the_first_picture_and_ends_at_the_second(pipe: TextToImage, second: GenerateRequest) -> None:
    walk = interpolate(pipe, RED, second, 5)
    assert len(walk.frames) == 5
    assert farthest(walk.frames[0], pipe.generate(RED)[0].image) <= 3
    assert farthest(walk.frames[-1], pipe.generate(second)[0].image) <= 3


def test_every_step_of_a_walk_is_smaller_than_the_whole_way(pipe: TextToImage) -> None:
    frames = interpolate(pipe, RED, replace(RED, seed=2), 9).frames
    whole = apart(frames[0], frames[-1])
    steps = [apart(*pair) for pair in pairwise(frames)]
    assert min(steps) > 0
    assert max(steps) < whole / 2


def test_between_two_prompts_the_noise_stays_the_same(pipe: TextToImage, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Tensor] = []

    def watch(said: Tensor, noise: Tensor, *_: object, **__: object) -> list[Image.Image]:
        seen.append(noise)
        return []

    monkeypatch.setattr(pipe, "draw", watch)
    interpolate(pipe, RED, BLUE, 3)
    assert torch.equal(seen[0], pipe.noise(RED).expand(3, -1, -1, -1))


def test_a_walk_is_the_same_in_batches_of_any_size(pipe: TextToImage) -> None:
    whole, pieces = (interpolate(pipe, RED, BLUE, 5, batch_size=size) for size in (32, 2))
    assert max(map(farthest, whole.frames, pieces.frames)) <= 3


def test_progress_counts_every_step(pipe: TextToImage) -> None:
    told: list[tuple[int, int]] = []
    interpolate(pipe, RED, BLUE, 3, lambda done, total: told.append((done, total)), batch_size=2)
    assert told == [(step, 8) for step in range(1, 9)]


def test_a_walk_can_be_cancelled(pipe: TextToImage) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        interpolate(pipe, RED, BLUE, 3, stop)


@pytest.mark.parametrize("frames", [-1, 0, 1, 241])
def test_a_walk_of_senseless_length_is_an_input_error(pipe: TextToImage, frames: int) -> None:
    with pytest.raises(InputError, match="frames"):
        interpolate(pipe, RED, BLUE, frames)


def grey_walk(frames: int) -> Walk:
    shades = np.linspace(0, 255, frames).astype(int)
    return Walk(tuple(Image.new("RGB", (8, 8), (s, s, s)) for s in shades.tolist()), RED, BLUE)


def test_the_animation_goes_there_and_back_without_end() -> None:
    with Image.open(io.BytesIO(grey_walk(4).gif(scale=1))) as gif:
        assert gif.info["loop"] == 0
        shades = []
        for frame in range(gif.n_frames):  # type: ignore[attr-defined]
            gif.seek(frame)
            shades.append(gif.convert("L").getpixel((0, 0)))
    assert shades == [0, 85, 170, 255, 170, 85]


def test_an_animation_of_two_frames_has_both() -> None:
    with Image.open(io.BytesIO(grey_walk(2).gif(scale=1))) as gif:
        assert gif.n_frames == 2  # type: ignore[attr-defined]


def test_the_strip_stands_beside_the_animation_and_remembers_where_it_began(tmp_path: Path) -> None:
    animation, strip = grey_walk(4).save(tmp_path / "new" / "walk.gif")
    assert animation.read_bytes()[:6] == b"GIF89a"
    assert Picture.open(strip).request == RED
    assert Picture.open(strip).image.width > 4 * 16
    assert sorted(path.name for path in tmp_path.glob("new/*")) == ["walk.gif", "walk.png"]


def test_an_animation_must_be_a_gif(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.gif"):
        grey_walk(2).save(tmp_path / "walk.mp4")


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="taken"):
        grey_walk(2).save(tmp_path / "taken" / "walk.gif")
