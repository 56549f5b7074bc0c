import json

import numpy as np
import pytest
import torch
from PIL import Image

from t2i_core.data.joints import BLAZEPOSE, JOINTS, L_SHOULDER, NECK, R_SHOULDER, from_blazepose, mirrored
from t2i_core.errors import InputError, WeightsError
from t2i_core.models.heat import drawn, found
from t2i_core.models.parsing import ParsingConfig, ParsingNet
from t2i_core.models.pose import Heat, PoseConfig, PoseNet
from t2i_core.settings import Settings, get_settings
from t2i_core.tryon.framing import whole
from t2i_core.tryon.parsing import Parsed, Parser
from t2i_core.tryon.pose import NetworkPose, Sighted, _poses, pose_finder
from t2i_core.weights import write_folder
from tests.tryon import made_up


def heat_of(*people: np.ndarray) -> Heat:
    maps = torch.stack([drawn(torch.from_numpy(person).float()) for person in people]).amax(0)
    return Heat(maps[None], torch.full_like(maps, 4.0)[None])


@pytest.fixture
def weights(settings: Settings) -> Settings:
    """Untrained networks where the shipped ones would lie."""
    torch.manual_seed(0)
    for kind, network in (
        ("pose", PoseNet(PoseConfig(hidden=8))),
        ("parsing", ParsingNet(ParsingConfig(hidden=8, edge=8))),
    ):
        tensors = {name: tensor.half() for name, tensor in network.state_dict().items()}
        config = {"model": kind, "name": kind, "network": vars(network.config)}
        write_folder(settings.weights_folder / kind, config, tensors, {"README.md": b"#"})
    return settings


def test_a_spot_is_found_between_the_cells_it_was_drawn_on() -> None:
    places = torch.tensor([[50.0, 61.3], [100.7, 203.0], [12.0, 300.0]])
    points, heights = found(drawn(places))
    assert (points - places).abs().max() < 1.5  # at the picture's edge half of the spot is missing
    assert (heights > 0.7).all()


def test_joints_that_are_nowhere_draw_nothing() -> None:
    assert drawn(torch.full((2, 2), torch.nan)).sum() == 0


def test_the_neck_of_blazepose_lies_between_the_shoulders() -> None:
    landmarks = np.random.default_rng(0).random((BLAZEPOSE, 3)).astype(np.float32)
    joints = from_blazepose(landmarks)
    assert np.allclose(joints[NECK, :2], (joints[R_SHOULDER, :2] + joints[L_SHOULDER, :2]) / 2)
    assert joints[NECK, 2] == min(joints[R_SHOULDER, 2], joints[L_SHOULDER, 2])


def test_a_mirror_swaps_the_sides_and_swaps_them_back() -> None:
    joints = np.random.default_rng(0).random((18, 3)).astype(np.float32) * 100
    once = mirrored(joints, 200)
    assert once[R_SHOULDER, 0] == 199 - joints[L_SHOULDER, 0]
    assert np.allclose(mirrored(once, 200), joints)


def test_one_person_in_the_heat_is_one_pose_in_pixels_of_the_photo() -> None:
    pose = made_up.person().poses[0]
    window = whole(pose.size)
    poses = _poses(heat_of(window.to_window(pose.points)), window, pose.size)
    assert len(poses) == 1
    assert np.abs(poses[0].points - pose.points).max() < 2
    assert (poses[0].joints[:, 2] > 0.6).all()


def test_two_people_in_the_heat_are_told_apart() -> None:
    pose = made_up.person().poses[0]
    window = whole((512, 384))
    other = pose.points + np.array([230, 0], np.float32)
    poses = _poses(heat_of(window.to_window(pose.points), window.to_window(other)), window, (512, 384))
    assert len(poses) == 2
    for wanted in (pose.points, other):
        assert min(np.abs(one.points - wanted).max() for one in poses) < 6


def test_an_even_map_holds_nobody() -> None:
    empty = torch.zeros(1, 18, 40, 28)
    assert _poses(Heat(empty, empty), whole((200, 300)), (200, 300)) == []


def test_a_joint_outside_the_photo_is_not_seen() -> None:
    pose = made_up.person().poses[0]
    points = pose.points.copy()
    points[JOINTS.index("left wrist")] = (pose.size[0] + 30, 100)
    window = whole((2 * pose.size[0], pose.size[1]))
    (found_,) = _poses(heat_of(window.to_window(points)), window, pose.size)
    assert found_.joints[JOINTS.index("left wrist"), 2] == 0


def test_the_network_is_loaded_from_its_folder_and_the_parser_uses_what_it_saw(weights: Settings) -> None:
    photo = made_up.person().photo
    finder, parser = NetworkPose.from_pretrained(), Parser.from_pretrained()
    assert isinstance(finder.find(photo), list)
    pose = made_up.person().poses[0]
    parsed = parser.parse(photo, Sighted(pose))
    assert parsed.parts().shape == photo.size[::-1]
    assert np.allclose(parsed.chances.sum(0), 1, atol=1e-4)


def test_a_folder_of_another_kind_is_refused(weights: Settings) -> None:
    with pytest.raises(WeightsError, match="pose model is needed"):
        NetworkPose.from_pretrained("parsing")


def test_parts_survive_the_way_through_the_window() -> None:
    known = made_up.person()
    parsed = Parsed.of_parts(known.parts, whole(known.photo.size))
    assert (parsed.parts() == known.parts).mean() > 0.99
    assert parsed.chance(*range(9)).min() > 0.99


def test_without_weights_the_sentence_names_the_model() -> None:
    with pytest.raises(WeightsError, match="pose"):
        pose_finder()


def test_an_unknown_backend_is_an_error_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_POSE", "openpose")
    get_settings.cache_clear()
    with pytest.raises(InputError, match="T2I_POSE"):
        get_settings()


def test_a_pose_can_be_written_as_json() -> None:
    told = json.loads(json.dumps(made_up.person().poses[0].described()))
    assert list(told) == list(JOINTS)


def test_an_empty_photo_of_any_shape_is_looked_at(weights: Settings) -> None:
    for size in ((40, 900), (900, 40), (1, 1)):
        assert isinstance(NetworkPose.from_pretrained().find(Image.new("RGB", size)), list)
