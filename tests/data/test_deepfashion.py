from pathlib import Path

import pytest
from PIL import Image

from t2i_core.data.deepfashion import read_deepfashion, read_joints, read_list, read_pairs
from t2i_core.errors import DataError

NAMES = [f"fashionWOMENDressesid0000{n}_1front.jpg" for n in range(3)]


def write(folder: Path, side: str = "train", *, names: list[str] | None = None) -> Path:
    """Files as they were published, of pictures that are drawn."""
    names = NAMES if names is None else names
    (folder / side).mkdir(parents=True)
    for name in names:
        Image.new("RGB", (176, 256), "white").save(folder / side / name)
    y, x = list(range(10, 190, 10)), list(range(20, 200, 10))
    y[4] = x[4] = -1
    rows = "\n".join(f"{name}: {y}: {x}" for name in names)
    (folder / f"fasion-resize-annotation-{side}.csv").write_text(f"name:keypoints_y:keypoints_x\n{rows}\n")
    pairs = "\n".join(f"{one},{other}" for one in names for other in names if one != other)
    (folder / f"fasion-resize-pairs-{side}.csv").write_text(f"from,to\n{pairs}\n")
    (folder / f"{side}.lst").write_text("\n".join(names) + "\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(write(tmp_path, "train"), "test", names=[f"test{n}.jpg" for n in range(2)])


def test_both_sides_of_the_split_are_read(folder: Path) -> None:
    learned, held = (read_deepfashion([folder], held_out=side) for side in (False, True))
    assert (len(learned.paths), len(learned.pairs)) == (3, 6)
    assert (len(held.paths), len(held.pairs)) == (2, 2)
    assert not set(learned.paths) & set(held.paths)


def test_joints_are_x_y_and_whether_they_are_seen(folder: Path) -> None:
    joints = read_deepfashion([folder], held_out=False).joints[NAMES[0]]
    assert joints.shape == (18, 3)
    assert joints[0].tolist() == [20, 10, 1]
    assert joints[4, 2] == 0
    assert joints[:, 2].sum() == 17


def test_pictures_may_lie_beside_the_lists(tmp_path: Path) -> None:
    folder = write(tmp_path)
    for name in NAMES:
        (folder / "train" / name).rename(folder / name)
    assert set(read_deepfashion([folder], held_out=False).paths) == set(NAMES)


def test_pictures_that_the_list_leaves_out_and_their_pairs_are_left_out(folder: Path) -> None:
    (folder / "train.lst").write_text("\n".join(NAMES[:2]))
    found = read_deepfashion([folder], held_out=False)
    assert set(found.paths) == set(NAMES[:2])
    assert sorted(found.pairs) == [(NAMES[0], NAMES[1]), (NAMES[1], NAMES[0])]


def test_a_name_that_leads_out_of_the_folder_is_left_out(folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "secret.jpg")
    text = (folder / "fasion-resize-annotation-train.csv").read_text()
    outside = "../train/../secret.jpg"
    (folder / "fasion-resize-annotation-train.csv").write_text(text + f"{outside}: {[1] * 18}: {[1] * 18}\n")
    (folder / "train.lst").write_text("\n".join([*NAMES, outside]))
    assert outside not in read_deepfashion([folder], held_out=False).paths


@pytest.mark.parametrize(
    "lacking", ["train.lst", "fasion-resize-annotation-train.csv", "fasion-resize-pairs-train.csv"]
)
def test_a_missing_file_is_named(folder: Path, lacking: str) -> None:
    (folder / lacking).unlink()
    with pytest.raises(DataError, match=lacking.replace("fasion-resize-", "").split("-")[0]):
        read_deepfashion([folder], held_out=False)


@pytest.mark.parametrize("line", ["a.jpg: [1, 2]: [3, 4]", "a.jpg: [1", "a.jpg", "a.jpg: 1: 2: 3"])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "annotation.csv"
    path.write_text(f"name:keypoints_y:keypoints_x\nb.jpg: {[1] * 18}: {[2] * 18}\n{line}\n")
    with pytest.raises(DataError, match="Line 3"):
        read_joints(path)


def test_other_files_are_refused_by_their_first_line(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="keypoints_y"):
        read_joints(path)
    with pytest.raises(DataError, match="from,to"):
        read_pairs(path)
    path.write_text("")
    with pytest.raises(DataError, match="empty"):
        read_list(path)
