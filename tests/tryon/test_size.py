"""Measures from photos of dummies whose true measures are known."""

from dataclasses import replace

import numpy as np
import pytest

from t2i_core.data.parts import OUTER, UPPER
from t2i_core.errors import InputError
from t2i_core.training.size_report import CASES, Case, body, evaluate_size, known
from t2i_core.tryon.anthropometry import MEASURES, NAMES, people
from t2i_core.tryon.dummy import Dummy, Section, Stance
from t2i_core.tryon.dummy_photo import Camera, photograph
from t2i_core.tryon.outline import Outline
from t2i_core.tryon.person import Person
from t2i_core.tryon.pose import Pose
from t2i_core.tryon.problems import HeadOnly, TooSmall
from t2i_core.tryon.size import Estimate, estimate

DUMMY = Dummy(172, 38, Section(30, 25, 98), Section(30, 22, 86), Section(35, 24, 100), 82)
FRONT, SIDE = Stance(), Stance(yaw=90, arms=2, legs=0)
SMALL = Camera(pixels=420)


def shot(dummy: Dummy = DUMMY, stance: Stance = FRONT, camera: Camera = SMALL) -> Person:
    return known(photograph(dummy, stance, camera))


@pytest.fixture(scope="module")
def front() -> Person:
    return shot()


@pytest.fixture(scope="module")
def side() -> Person:
    return shot(stance=SIDE)


def widths(found: Estimate) -> dict[str, float]:
    return {name: one.width for name, one in found.measures.items()}


def test_what_the_survey_says_is_a_distribution() -> None:
    believed = people()
    assert believed.names == NAMES
    assert np.linalg.eigvalsh(believed.spread).min() > 0
    typical = np.exp(believed.mean) * 170
    assert 85 < typical[NAMES.index("waist")] < 95


def test_being_told_of_a_waist_narrows_the_hips_too() -> None:
    before = people()
    after = before.told({"waist": 1.0}, -0.5, 0.02)
    assert after.of(["waist"]).mean[0] == pytest.approx(-0.5, abs=0.02)
    assert after.of(["hip"]).spread[0, 0] < before.of(["hip"]).spread[0, 0]
    assert after.of(["hip"]).mean[0] > before.of(["hip"]).mean[0]


def test_a_dummy_has_the_girths_it_was_asked_for() -> None:
    assert DUMMY.measures()["chest"] == pytest.approx(98, abs=0.1)
    assert Section(30, 30, 94.2).roundness() == pytest.approx(2.0, abs=0.02)


def test_a_body_from_front_and_side_lies_in_its_intervals(front: Person, side: Person) -> None:
    found = estimate([front, side], DUMMY.height, clothes="close", views=["front", "side"])
    assert found.views == ("front", "side")
    for name, true in DUMMY.measures().items():
        assert found.measures[name].low < true < found.measures[name].high, name


def test_the_view_is_told_by_the_shoulders(front: Person, side: Person) -> None:
    assert Outline.of(front).view == "front"
    assert Outline.of(side).view == "side"


def test_intervals_cover_as_often_as_they_claim() -> None:
    kinds = (Case("one photo"), Case("both", ("front", "side")), Case("cut", cut=0.3))
    cases = [replace(case, pixels=(380, 420)) for case in kinds]
    report = evaluate_size(known, count=10, cases=cases, seed=3)
    assert np.mean([case.covered for case in report.cases]) >= report.claimed - 0.06
    assert all(case.refused == 0 for case in report.cases)


def test_a_photo_from_the_side_narrows_the_girths(front: Person, side: Person) -> None:
    one, both = (widths(estimate(seen, 172, clothes="close")) for seen in ([front], [front, side]))
    assert all(both[name] < one[name] for name in ("chest", "waist", "hip"))


def test_loose_clothes_widen_them(front: Person) -> None:
    close, usual, loose = (widths(estimate([front], 172, clothes=kind)) for kind in ("close", "usual", "loose"))
    assert close["waist"] < usual["waist"] < loose["waist"]


def test_feet_out_of_the_photo_widen_them_and_are_told_of(front: Person) -> None:
    cut = estimate([shot(camera=replace(SMALL, cut=0.3))], 172, clothes="close")
    assert widths(cut)["hip"] > 1.1 * widths(estimate([front], 172, clothes="close"))["hip"]
    assert any("feet are not in a photo" in note for note in cut.notes)


def test_arms_against_the_body_are_told_of_and_widen_the_girths(front: Person) -> None:
    hanging = estimate([shot(stance=replace(FRONT, arms=3))], 172, clothes="close")
    assert any("lies against" in note for note in hanging.notes)
    assert widths(hanging)["waist"] > widths(estimate([front], 172, clothes="close"))["waist"]


def test_being_turned_aside_is_told_of() -> None:
    turned = estimate([shot(stance=replace(FRONT, yaw=42))], 172, clothes="close", views=["front"])
    assert any("turned aside" in note for note in turned.notes)


def test_a_jacket_counts_as_loose(front: Person) -> None:
    parts = np.where(front.parts == UPPER, OUTER, front.parts).astype(np.uint8)
    coat = replace(front)
    coat.__dict__["parts"] = parts
    found = estimate([coat], 172, clothes="close")
    assert any("jacket" in note for note in found.notes)
    assert widths(found)["waist"] > widths(estimate([front], 172, clothes="close"))["waist"]


def test_a_camera_held_askew_changes_little(front: Person) -> None:
    straight = estimate([front], 172, clothes="close").measures
    askew = estimate([shot(camera=replace(SMALL, roll=8))], 172, clothes="close").measures
    assert askew["waist"].value == pytest.approx(straight["waist"].value, rel=0.05)


def test_a_taller_body_in_the_same_photo_is_larger_all_over(front: Person) -> None:
    small, tall = (estimate([front], height).measures for height in (160, 190))
    assert all(tall[name].value > 1.1 * small[name].value for name in MEASURES)


def test_it_says_what_it_cannot_know(front: Person) -> None:
    found = estimate([front], 172)
    assert any("clothes" in line for line in found.unknown)
    assert any("from the side" in note for note in found.notes)


@pytest.mark.parametrize("height", [17.2, 1.72, 400.0, float("nan")])
def test_a_height_that_nobody_has_is_refused(front: Person, height: float) -> None:
    with pytest.raises(InputError, match="height in centimetres"):
        estimate([front], height)


@pytest.mark.parametrize("count", [0, 5])
def test_one_to_four_photos_are_taken(front: Person, count: int) -> None:
    with pytest.raises(InputError, match="one to 4 photos"):
        estimate([front] * count, 172)


def test_a_photo_without_hips_is_refused(front: Person) -> None:
    joints = front.pose.joints.copy()
    joints[8:14, 2] = 0
    with pytest.raises(HeadOnly, match="shoulders to the hips"):
        estimate([replace(front, pose=Pose(joints, front.pose.size))], 172)


def test_a_side_without_feet_is_refused() -> None:
    with pytest.raises(HeadOnly, match="from head to feet"):
        estimate([shot(stance=SIDE, camera=replace(SMALL, cut=0.3))], 172, views=["side"])


def test_a_tiny_body_is_refused() -> None:
    with pytest.raises(TooSmall, match="pixels tall"):
        estimate([shot(camera=replace(SMALL, pixels=220))], 172)


def test_every_case_of_the_report_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert body(np.random.default_rng(0)).measures()["waist"] > 40
