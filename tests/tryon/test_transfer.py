from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pytest
import torch

from t2i_core.errors import InputError, WeightsError
from t2i_core.models.adgan import AdganConfig, AdganGenerator
from t2i_core.models.skinning import carry
from t2i_core.settings import Settings
from t2i_core.tryon.appearance import GROUND, Appearance, Frame, as_tensors, of_person
from t2i_core.tryon.framing import around
from t2i_core.tryon.stances import STANCES, stance
from t2i_core.tryon.transfer import (
    PART_NAMES,
    Borrowed,
    Transfer,
    TransferRequest,
    enlarged,
    laid,
    notes,
    shares_of,
    worn,
)
from t2i_core.weights import write_folder

SIZE = 64, 40
TINY = AdganConfig(height=64, width=40, code=8, textures=(8, 8), widths=(16, 16), blocks=1, fused=16)
UPPER, LOWER, DRESS = 3, 4, 5


@cache
def look(name: str = "standing") -> Appearance:
    """The mannequin in a stance."""
    return of_person(stance(name), SIZE)


def dressed(colour: tuple[int, int, int], *, dress: bool = False) -> Appearance:
    """The mannequin in a top of a colour, or in a dress."""
    one = look()
    pixels, parts = one.pixels.copy(), one.parts.copy()
    worn = np.isin(parts, (UPPER, LOWER)) if dress else parts == UPPER
    pixels[worn] = colour
    if dress:
        parts[worn] = DRESS
    return Appearance(pixels, parts, one.joints)


@pytest.fixture(scope="module")
def drawer() -> Transfer:
    torch.manual_seed(0)
    return Transfer(AdganGenerator(TINY))


def test_a_person_is_cut_out_before_a_plain_ground_with_their_joints() -> None:
    one = look()
    assert one.pixels.shape == (*SIZE, 3)
    assert np.abs(one.pixels[one.parts == 0].astype(int) - GROUND).mean() < 3
    x, y = one.joints[1, :2].round().astype(int)
    assert one.parts[y, x] in (1, 2, UPPER)


def test_a_frame_takes_joints_and_pixels_to_the_same_place() -> None:
    person = stance("standing")
    frame = Frame(around(person.pose.box()), SIZE)
    joints = np.append(frame.points(person.pose.points), np.ones((18, 1)), axis=1)
    by_matrix = np.append(person.pose.points, np.ones((18, 1)), axis=1) @ frame.matrix().T
    assert np.allclose(joints[:, :2], by_matrix[:, :2], atol=1e-3)


@pytest.mark.parametrize("name", STANCES)
def test_every_stance_shows_the_whole_mannequin(name: str) -> None:
    one = look(name)
    assert ((one.joints[:, :2] >= 0) & (one.joints[:, :2] < SIZE[::-1])).all()
    assert set(worn(one)) == {"head", "skin", "upper", "lower", "shoes"}


def test_somebody_is_drawn_in_another_pose(drawer: Transfer) -> None:
    here, there = (drawer.draw(TransferRequest(look(), look(name).joints)) for name in ("standing", "arms apart"))
    assert here.size == SIZE[::-1]
    assert np.abs(np.asarray(here, int) - np.asarray(there, int)).max() > 40
    assert enlarged(here, 3).size == (120, 192)


def test_the_same_request_gives_the_same_picture(drawer: Transfer) -> None:
    request = TransferRequest(look(), look("a step").joints)
    assert drawer.draw(request).tobytes() == drawer.draw(request).tobytes()


def test_a_borrowed_top_is_worn_and_the_rest_stays(drawer: Transfer) -> None:
    red = Borrowed(dressed((220, 20, 20)), {"upper": 1.0})
    done = np.asarray(drawer.draw(TransferRequest(look(), look().joints, (red,))), int)
    plain = np.asarray(drawer.draw(TransferRequest(look(), look().joints)), int)
    parts = look().parts
    assert (done - plain)[parts == UPPER].mean(0)[0] > 30
    assert np.abs(done - plain)[parts == LOWER].mean() < 12


def test_half_of_a_style_lies_between_none_and_all(drawer: Transfer) -> None:
    reds = []
    for share in (0.0, 0.5, 1.0):
        red = Borrowed(dressed((220, 20, 20)), {"upper": share})
        done = np.asarray(drawer.draw(TransferRequest(look(), look().joints, (red,))), int)
        reds.append(done[look().parts == UPPER].mean(0)[0])
    assert reds[0] + 5 < reds[1] < reds[2] - 5


def test_a_borrowed_dress_takes_the_place_of_top_and_trousers() -> None:
    dress = Borrowed(dressed((20, 20, 220), dress=True), {"dress": 1.0})
    shares = shares_of(TransferRequest(look(), look().joints, (dress,)))
    assert shares[:, DRESS].tolist() == [0, 1]
    assert shares[0, [UPPER, LOWER]].tolist() == [0, 0]
    top = Borrowed(dressed((20, 20, 220)), {"upper": 0.25})
    shares = shares_of(TransferRequest(dressed((1, 1, 1), dress=True), look().joints, (top,)))
    assert shares[:, UPPER].tolist() == [0.75, 0.25]
    assert shares[0, DRESS] == 0.75


def test_what_is_worn_over_hides_what_is_under_it() -> None:
    one, other = dressed((220, 20, 20)), dressed((20, 20, 220), dress=True)
    pixels, parts, points = (
        np.stack([getattr(each, name) for each in (one, other)]) for name in ("pixels", "parts", "joints")
    )
    pictures, masks, joints = as_tensors(pixels, parts, points)
    shares = torch.ones(2, 8)  # everybody's everything
    done = laid(carry(pictures, masks, joints, joints), shares)
    assert done[3:].sum(0).max() < 1.01
    chest = torch.from_numpy(one.parts == UPPER)
    assert done[3 + UPPER][chest].mean() > 0.8
    assert done[3 + DRESS][chest].mean() < 0.2


@pytest.mark.parametrize(
    ("shares", "said"), [({"hat": 1.0}, "no part"), ({"upper": 1.5}, "between 0 and 1"), ({"dress": 1.0}, "no dress")]
)
def test_parts_that_cannot_be_borrowed_say_why(shares: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        shares_of(TransferRequest(look(), look().joints, (Borrowed(look(), shares),)))


def test_what_is_a_guess_is_told() -> None:
    one = look()
    joints = one.joints.copy()
    joints[[9, 10], :2], joints[[9, 10], 2] = np.nan, 0
    cut_off = replace(one, joints=joints)
    assert notes(TransferRequest(one, one.joints)) == []
    assert "the legs" in notes(TransferRequest(cut_off, one.joints))[0]
    assert "whole body" in notes(TransferRequest(one, joints))[0]


def test_somebody_who_is_cut_off_can_be_drawn(drawer: Transfer) -> None:
    joints = look().joints.copy()
    joints[[9, 10, 12, 13], :2], joints[[9, 10, 12, 13], 2] = np.nan, 0
    done = np.asarray(drawer.draw(TransferRequest(replace(look(), joints=joints), look("a step").joints)))
    assert np.isfinite(done).all()


def test_a_look_of_another_size_is_a_mistake_that_quotes_both(drawer: Transfer) -> None:
    with pytest.raises(ValueError, match="128"):
        drawer.draw(TransferRequest(of_person(stance("standing"), (128, 88)), look().joints))


def test_it_comes_out_of_its_folder_and_no_other(settings: Settings) -> None:
    folder = settings.weights_folder / "transfer"
    with pytest.raises(WeightsError, match="transfer"):
        Transfer.from_pretrained()
    tensors = {name: tensor.half() for name, tensor in AdganGenerator(TINY).state_dict().items()}
    write_folder(folder, {"model": "adgan", "name": "transfer", "network": asdict(TINY)}, tensors, {})
    assert Transfer.from_pretrained().size == SIZE
    write_folder(folder, {"model": "pose", "name": "transfer", "network": asdict(TINY)}, tensors, {})
    with pytest.raises(WeightsError, match="pose model"):
        Transfer.from_pretrained()


def test_all_parts_but_the_background_have_a_name() -> None:
    assert len(PART_NAMES) == 7
