import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from t2i_core.errors import OutputError
from t2i_core.generate.directions import CONDITION, FILE, KEY, NOISE, Direction, Directions, to_waves
from t2i_core.generate.loading import load_model
from t2i_core.generate.picture import Picture
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.generate.sampler import Progress
from t2i_core.text.attributes import AttributeSpace, Choice
from t2i_core.training import directions as finding
from t2i_core.training import latents
from t2i_core.training.directions import Verdict, find_directions, keep, sheet, write_directions
from t2i_core.training.latents import Candidate, condition_candidates, fit, typical_requests
from t2i_core.training.looks import LOOKS
from t2i_core.weights import read_folder
from tests.tiny import SPACE, tiny_model

Paint = Callable[[Tensor, Tensor], Image.Image]  # (waves [3, 4, 4], said [cond_dim]) -> picture


class Painter(TextToImage):
    """A model whose pictures follow their noise and condition in a way that the test knows."""

    paint: Paint

    def generate_many(
        self, requests: Sequence[GenerateRequest], on_step: Progress | None = None, *, batch_size: int = 32
    ) -> list[Picture]:
        said = self.embed(requests)
        waves = [to_waves(self.noise(request), 4) for request in requests]
        return [Picture(self.paint(*pair), one) for *pair, one in zip(waves, said, requests, strict=True)]


def painter(folder: Path, paint: Paint) -> Painter:
    pipe = Painter(load_model(read_folder(folder)))
    pipe.paint = paint
    return pipe


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("weights") / "tiny")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search among few kinds of request, for few unnamed directions."""
    monkeypatch.setattr(latents, "KINDS", 4)
    monkeypatch.setattr(latents, "STYLES", 1)


def box(grey: float, width: float) -> Image.Image:
    """A grey box on white."""
    image = Image.new("RGB", (32, 32), "white")
    shade = int(np.clip(grey, 0, 220))
    ImageDraw.Draw(image).rectangle((16 - width, 6, 15 + width, 25), fill=(shade, shade, shade))
    return image


def grey_by_one_wave_and_wide_by_another(waves: Tensor, said: Tensor) -> Image.Image:
    return box(110 + 30 * float(waves[0, 0, 1]) + 8 * float(waves[2, 3, 3]), round(8 + 2 * float(waves[1, 2, 0])))


@pytest.mark.usefixtures("quick")
def test_what_the_noise_decides_is_found_and_named(folder: Path) -> None:
    found = find_directions(painter(folder, grey_by_one_wave_and_wide_by_another), fitted=40)
    by_name = {direction.name: (direction, vector) for direction, vector in zip(found, found.vectors, strict=True)}
    assert {"lightness", "aspect"} <= set(by_name)
    assert not {"redness", "warmth", "colourfulness"} & set(by_name)  # greys have none
    lightness, vector = by_name["lightness"]
    assert (lightness.kind, lightness.measured, lightness.low, lightness.high) == (
        NOISE,
        "lightness",
        "darker",
        "lighter",
    )
    assert lightness.correlation > 0.8
    assert lightness.slope > 3
    assert float(vector[0, 0, 1]) > 0.9  # upwards is lighter
    assert float(by_name["aspect"][1][1, 2, 0]) > 0.9


@pytest.mark.usefixtures("quick")
def test_the_same_model_gives_the_same_directions(folder: Path) -> None:
    first, second = (find_directions(painter(folder, grey_by_one_wave_and_wide_by_another), fitted=4) for _ in range(2))
    assert first.listed == second.listed
    assert all(map(torch.equal, first.vectors, second.vectors))


@pytest.mark.usefixtures("quick")
def test_a_model_that_heeds_neither_noise_nor_condition_has_no_directions(folder: Path) -> None:
    assert len(find_directions(painter(folder, lambda waves, said: box(100, 8)), fitted=4)) == 0


@pytest.mark.usefixtures("quick")
def test_what_the_condition_decides_is_found_too(folder: Path) -> None:
    pipe = painter(folder, lambda waves, said: box(100, 8))
    axis = condition_candidates(pipe)[0].vector
    axis = axis / axis.square().sum()  # so that one deviation is 1
    middle = float((pipe.embed(typical_requests(pipe.space)) @ axis).mean())
    pipe.paint = lambda waves, said: box(110 + 40 * (float(said @ axis) - middle), 8)
    (first, *_) = find_directions(pipe, fitted=3)
    assert (first.name, first.kind) == ("lightness", CONDITION)
    assert first.correlation > 0.6


@pytest.mark.usefixtures("quick")
def test_every_batch_of_work_is_heard_of(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    pipe = painter(folder, lambda waves, said: box(100, 8))
    find_directions(pipe, fitted=2, on_step=lambda done, total: told.append((done, total)))
    kinds = len(typical_requests(SPACE))
    assert told[:kinds] == [(place + 1, kinds) for place in range(kinds)]
    assert told[-1][0] == told[-1][1]


def test_the_condition_s_components_are_as_long_as_requests_differ_along_them(folder: Path) -> None:
    vectors = torch.stack([one.vector for one in condition_candidates(painter(folder, lambda waves, said: box(0, 8)))])
    lengths = vectors.norm(dim=1)
    assert lengths.tolist() == sorted(lengths.tolist(), reverse=True)
    unit = vectors / lengths[:, None]
    torch.testing.assert_close(unit @ unit.T, torch.eye(len(unit)), atol=1e-4, rtol=0)


def test_typical_requests_say_one_choice_or_two_and_nothing_that_is_measured() -> None:
    asked = typical_requests(SPACE)
    assert len(asked) == 15  # 7 categories alone, 8 with a colour
    assert {tuple(request.attributes) for request in asked} == {("category",), ("category", "colour")}
    assert len({str(request.attributes) for request in asked}) == len(asked)


@pytest.mark.parametrize(("choices", "count"), [((), 1), ((Choice("species", ("Wren",)),), 1)])
def test_a_model_with_little_to_choose_has_fewer_typical_requests(choices: tuple[Choice, ...], count: int) -> None:
    assert len(typical_requests(AttributeSpace(choices))) == count


def test_a_regression_is_judged_by_what_it_did_not_see() -> None:
    random = np.random.default_rng(0)
    inputs, chance = random.normal(size=(300, 20)), random.normal(size=300)
    score, weights = fit(inputs, inputs[:, 3] + 0.5 * chance)
    assert score > 0.8
    assert np.abs(weights).argmax() == 3
    assert abs(fit(inputs, chance)[0]) < 0.2


def verdict(*, change: float = 10.0, slope: float = 2.0, **correlations: float) -> Verdict:
    moved = np.array([correlations.get(look.name, 0.0) for look in LOOKS])
    return Verdict(moved, slope * np.sign(moved), change)


def candidate(look: str | None, kind: str = NOISE) -> Candidate:
    names = [one.name for one in LOOKS]
    return Candidate(kind, torch.ones(3, 4, 4), None if look is None else names.index(look))


def test_a_direction_that_does_not_do_what_it_is_named_after_is_a_style_or_dropped() -> None:
    candidates = [candidate("lightness"), candidate("warmth"), candidate("aspect")]
    judged = [verdict(change=20, lightness=0.49), verdict(change=7.9, warmth=0.49), verdict(change=1, aspect=0.5)]
    aspect, style = keep(candidates, judged)
    assert (aspect.name, style.name) == ("aspect", "Style 1")
    assert "lightness too (correlation 0.49)" in style.note


def test_the_best_come_first_and_styles_last_those_that_change_most_before_the_others() -> None:
    candidates = [candidate("aspect"), candidate("lightness"), candidate(None), candidate(None, CONDITION)]
    judged = [verdict(aspect=0.6), verdict(lightness=0.8), verdict(change=8), verdict(change=9)]
    found = keep(candidates, judged)
    assert [direction.name for direction in found] == ["lightness", "aspect", "Style 1", "Style 2"]
    assert [direction.kind for direction in found] == [NOISE, NOISE, CONDITION, NOISE]


def test_a_style_that_changes_nothing_visible_is_dropped() -> None:
    assert len(keep([candidate(None)], [verdict(change=7.9)])) == 0


def test_no_more_styles_are_offered_than_a_person_would_try() -> None:
    found = keep([candidate(None)] * 9, [verdict(change=10.0 + place) for place in range(9)])
    assert [direction.change for direction in found] == [18, 17, 16, 15]


def test_a_style_that_moves_something_gets_its_name_turned_so_that_more_is_up() -> None:
    (direction,), (vector,) = (found := keep([candidate(None)], [verdict(warmth=-0.7)])), found.vectors
    assert (direction.name, direction.correlation, direction.slope) == ("warmth", 0.7, 2.0)
    assert float(vector.max()) == -1


def test_a_style_that_moves_what_another_is_named_after_says_so() -> None:
    found = keep([candidate(None), candidate("warmth")], [verdict(warmth=0.9), verdict(warmth=0.6)])
    named, style = found
    assert (named.name, named.correlation) == ("warmth", 0.6)
    assert (style.name, style.measured) == ("Style 1", None)
    assert "warmth too (correlation 0.90)" in style.note


def planted() -> Directions:
    vector = torch.zeros(3, 4, 4)
    vector[0, 0, 0] = 1
    return Directions(
        (Direction("lightness", NOISE), Direction("mood", CONDITION)), (vector, torch.linspace(-1, 1, 32))
    )


def test_a_written_model_offers_its_directions_and_is_otherwise_the_same(folder: Path, tmp_path: Path) -> None:
    write_directions(folder, planted(), tmp_path / "out")
    pipe = TextToImage.from_pretrained(tmp_path / "out")
    assert pipe.directions.listed == planted().listed
    before, after = (json.loads((place / "config.json").read_text()) for place in (folder, tmp_path / "out"))
    assert after["files"].pop(FILE) == hashlib.sha256(planted().to_bytes()).hexdigest()
    assert after.pop(KEY) == planted().to_json()
    assert after == before  # every digest too
    assert (tmp_path / "out" / "README.md").read_bytes() == (folder / "README.md").read_bytes()


def test_directions_found_again_replace_the_old_ones(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "model")
    write_directions(model, planted(), model)
    write_directions(model, Directions(), model)
    assert not (model / FILE).exists()
    assert len(TextToImage.from_pretrained(model).directions) == 0


def test_a_link_to_a_model_keeps_leading_to_it(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "model")
    (tmp_path / "link").symlink_to(model)
    write_directions(tmp_path / "link", planted(), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (model / FILE).is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "model"]


def test_a_place_that_cannot_be_written_is_named_and_the_model_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(OutputError, match="taken"):
        write_directions(folder, planted(), tmp_path / "taken" / "model")
    assert not (folder / FILE).exists()


def test_a_sheet_has_a_row_a_direction(folder: Path) -> None:
    pipe = painter(folder, grey_by_one_wave_and_wide_by_another).along(planted())
    drawn = sheet(pipe, kinds=2)
    taller = sheet(pipe.along(replace(planted(), listed=planted().listed[:1], vectors=planted().vectors[:1])), kinds=2)
    assert drawn.width > 10 * 32
    assert drawn.height > taller.height


@pytest.mark.usefixtures("quick")
def test_a_tiny_random_model_can_be_searched_whole(folder: Path) -> None:
    pipe = TextToImage.from_pretrained(folder)
    found = find_directions(pipe, fitted=3)
    assert all(abs(direction.correlation) >= 0.5 for direction in found if direction.measured)
    assert all(direction.change >= finding.LEAST_CHANGE for direction in found if direction.measured is None)
