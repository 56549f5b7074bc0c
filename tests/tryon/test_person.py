import numpy as np
import pytest
from PIL import Image

from t2i_core.data.joints import MIRRORED
from t2i_core.tryon.person import Person, choose, require, see
from t2i_core.tryon.pose import Pose, Sighted
from t2i_core.tryon.problems import ArmsHidden, BackView, HeadOnly, NoPerson, SeveralPeople, TooSmall
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Known, Reader, changed


def seen(known: Known, at: tuple[float, float] | None = None) -> Person:
    return see(known.photo, Finder([known]), Reader([known]), at)  # type: ignore[arg-type]


def with_pose(known: Known, *poses: Pose) -> Known:
    return Known(known.photo, list(poses), known.parts)


@pytest.fixture(scope="module")
def known() -> Known:
    return made_up.person()


def moved(pose: Pose, by: float) -> Pose:
    joints = pose.joints.copy()
    joints[:, 0] += by
    return Pose(joints, pose.size)


def test_an_empty_room_is_refused() -> None:
    with pytest.raises(NoPerson, match="Nobody was found"):
        see(Image.new("RGB", (200, 300)), Finder(), Reader())  # type: ignore[arg-type]


def test_of_two_people_one_must_be_chosen(known: Known) -> None:
    with pytest.raises(SeveralPeople, match="2 people") as refused:
        seen(with_pose(known, known.poses[0], moved(known.poses[0], 60)))
    assert len(refused.value.boxes) == 2


def test_a_point_chooses_one_of_two(known: Known) -> None:
    first, second = known.poses[0], moved(known.poses[0], 120)
    at = float(second.points[0, 0]), float(second.points[0, 1])
    assert choose([Sighted(first), Sighted(second)], at).pose is second


def test_somebody_far_behind_does_not_count(known: Known) -> None:
    pose = known.poses[0]
    far = pose.joints.copy()
    far[:, :2] = far[:, :2] * 0.2
    assert choose([Sighted(pose), Sighted(Pose(far, pose.size))], None).pose is pose


def test_a_back_is_refused(known: Known) -> None:
    pose = known.poses[0]
    turned = Pose(pose.joints[list(MIRRORED)], pose.size)
    with pytest.raises(BackView, match="from behind"):
        require(seen(with_pose(known, turned)), "upper")


def test_a_portrait_is_refused() -> None:
    joints = np.zeros((18, 3), np.float32)
    joints[[0, 14, 15, 16, 17]] = (100, 100, 0.9)
    pose = Pose(joints, (256, 384))
    with pytest.raises(HeadOnly, match="head to hips"):
        seen(Known(Image.new("RGB", (256, 384)), [pose], np.zeros((384, 256), np.uint8)))


def test_a_photo_without_legs_is_refused_for_trousers_alone(known: Known) -> None:
    pose = changed(known.poses[0], right_knee=0, left_knee=0, right_ankle=0, left_ankle=0)
    person = seen(with_pose(known, pose))
    require(person, "upper")
    with pytest.raises(HeadOnly, match="legs"):
        require(person, "lower")


def test_hidden_arms_are_refused_for_a_top_alone(known: Known) -> None:
    pose = changed(known.poses[0], right_elbow=0, left_elbow=0, right_wrist=0, left_wrist=0)
    person = seen(with_pose(known, pose))
    require(person, "lower")
    with pytest.raises(ArmsHidden, match="Neither arm"):
        require(person, "upper")


def test_a_speck_of_a_person_is_refused(known: Known) -> None:
    pose = known.poses[0]
    joints = pose.joints.copy()
    joints[:, :2] *= 0.1
    with pytest.raises(TooSmall, match="Step closer"):
        seen(with_pose(known, Pose(joints, pose.size)))


def test_a_profile_is_refused_as_a_back_is(known: Known) -> None:
    joints = known.poses[0].joints.copy()
    joints[[2, 5], 0] = joints[1, 0] + np.array([-6, 6])
    with pytest.raises(BackView, match="from the side"):
        require(seen(with_pose(known, Pose(joints, known.poses[0].size))), "upper")
