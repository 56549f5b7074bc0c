from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from t2i_core.errors import DataError
from t2i_core.training.preview import is_prepared, places_in, preview, sources_of
from tests.training.made_up import write_catalogue


def spoil(path: Path, column: str, values: list[object]) -> None:
    """Puts other values into the first rows of a file."""
    table = pq.read_table(path)
    changed = [*values, *table[column].to_pylist()[len(values) :]]
    place = table.schema.get_field_index(column)
    pq.write_table(
        table.set_column(place, table.schema.field(column), pa.array(changed, table.schema.field(column).type)), path
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_catalogue(tmp_path / "products_192.parquet", training=600)


def test_a_file_shows_its_rows_some_pictures_and_its_labels(file: Path) -> None:
    found = preview("products", file)
    assert found.files == {"products_192.parquet": 612}
    assert found.rows == 612
    assert len(found.samples) == 12
    assert all(item.image for item in found.samples)
    assert set(found.labels["category"]) == {"Tshirts", "Watches"}
    assert found.problems == ()


def test_few_pictures_are_called_few(tmp_path: Path) -> None:
    found = preview("products", write_catalogue(tmp_path / "products_192.parquet"))
    assert found.problems == ("132 pictures are few: a model learns them by heart. Thousands are better.",)


def test_pictures_that_do_not_open_and_titles_that_are_missing_are_counted(file: Path) -> None:
    spoil(file, "image", [{"bytes": b"no picture", "path": None}, {"bytes": None, "path": None}])
    spoil(file, "title", ["", "", ""])
    spoil(file, "id", ["1", "1"])
    told = " ".join(preview("products", file).problems)
    assert "2 of the first 256 rows have no picture that opens" in told
    assert "3 of the first 256 rows have no title" in told
    assert "1 of the first 256 rows bear an id" in told


def test_a_file_of_another_kind_is_refused_with_what_it_lacks(file: Path) -> None:
    with pytest.raises(DataError, match="no folder"):
        preview("guitars", file)


def test_a_folder_without_the_recipes_files_names_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"guitars\.parquet"):
        preview("guitars", tmp_path)


def test_a_refiner_reads_the_files_of_all_its_domains() -> None:
    assert {domain.name for domain, _ in sources_of("double-128")} == {"products", "guitars", "birds"}
    assert {d.name: files for d, files in sources_of("double-128")}["products"] == ("products_192.parquet",)


def test_a_recipe_with_files_of_its_own_is_left_to_its_training(tmp_path: Path) -> None:
    assert preview("overlay", tmp_path).files == {}


def test_folders_and_files_can_be_chosen_but_prepared_shards_only_together(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "shoes.parquet", training=2, held_out=0)
    for folder, name in (("mine", "a.parquet"), ("prepared", "images-00000.parquet")):
        (tmp_path / folder).mkdir()
        write_catalogue(tmp_path / folder / name, training=2, held_out=0)
    (tmp_path / "empty").mkdir()
    (tmp_path / "elsewhere").symlink_to("/")
    found = [str(place.relative_to(tmp_path)) for place in places_in(tmp_path)]
    assert found == [".", "mine", "prepared", "shoes.parquet", "mine/a.parquet"]
    assert is_prepared(tmp_path / "prepared")
    assert not is_prepared(tmp_path / "mine")
