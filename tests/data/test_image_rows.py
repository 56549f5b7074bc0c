from pathlib import Path

import pytest

from t2i_core.data.image_rows import ImageRows
from t2i_core.errors import DataError, InputError
from tests.data.made_up_shards import jpeg, write_images


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("shop"), count=159, shards=3, rows_a_group=10)


@pytest.mark.parametrize("world", [1, 2, 3, 4, 7, 16, 200])
def test_every_row_goes_to_exactly_one_process(shop: Path, world: int) -> None:
    rows = ImageRows(shop, ["id"])
    shares = [[row["id"] for row in rows.share(rank, world)] for rank in range(world)]
    assert [name for share in shares for name in share] == [f"P{n}" for n in range(159)]
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_row_holds_its_picture_and_what_is_known_of_it(shop: Path) -> None:
    row = next(iter(ImageRows(shop)))
    assert (row["id"], row["category"]) == ("P0", "Drum Sticks")
    assert row["image"] == {"bytes": jpeg((200, 30, 40)), "path": None}
    assert len(ImageRows(shop)) == 159


def test_a_rank_that_is_none_is_refused(shop: Path) -> None:
    with pytest.raises(InputError, match="between 0 and 3"):
        next(ImageRows(shop).share(4, 4))


def test_what_are_no_shards_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"images-\*\.parquet"):
        ImageRows(tmp_path)
    (tmp_path / "images-00000.parquet").write_bytes(b"no")
    with pytest.raises(DataError, match="Prepare it again"):
        ImageRows(tmp_path)


@pytest.mark.parametrize("world", [2, 3, 4])
def test_hugging_face_datasets_streams_the_shards_and_splits_them_by_node(shop: Path, world: int) -> None:
    datasets = pytest.importorskip("datasets")
    split_dataset_by_node = pytest.importorskip("datasets.distributed").split_dataset_by_node
    files = str(shop / "images-*.parquet")
    data = datasets.load_dataset("parquet", data_files=files, split="train", streaming=True)
    seen: list[str] = []
    for rank in range(world):
        rows = list(split_dataset_by_node(data, rank=rank, world_size=world))
        assert rows[0]["image"].size == (48, 48)  # a picture, not its bytes
        seen += [row["id"] for row in rows]
    assert sorted(seen) == sorted(f"P{n}" for n in range(159))
