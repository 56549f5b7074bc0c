from dataclasses import replace
from pathlib import Path

import pytest

from t2i_core.data.catalogue import Product
from t2i_core.data.titles import read_titled
from t2i_core.errors import DataError
from t2i_core.text.doc2vec import Doc2VecModel, Doc2VecOptions
from t2i_core.training import titles
from t2i_core.training.titles import TitleReport, evaluate_titles, train_titles
from tests.training.made_up import write_catalogue

OPTIONS = Doc2VecOptions(dim=8, epochs=20, sample=0)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("data") / "products_80.parquet", training=60, held_out=12)


@pytest.fixture(scope="module")
def folder(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights") / "titles"
    train_titles([catalogue], out, options=OPTIONS, vocab_size=60)
    return out


def test_training_writes_a_folder_that_answers_queries(folder: Path) -> None:
    model = Doc2VecModel.from_folder(folder)
    assert set(model.index.titles) == {f"Nike Men {c} {k}" for c in ("Red", "Blue") for k in ("Tshirts", "Watches")}
    assert model.similar("scarlet wristwatch", 1)[0].title == "Nike Men Red Watches"


def test_training_twice_writes_the_same_bytes(catalogue: Path, folder: Path, tmp_path: Path) -> None:
    train_titles([catalogue], tmp_path / "again", options=OPTIONS, vocab_size=60)
    for name in ("model.safetensors", "tokenizer.model"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_card_tells_data_licence_and_how_to_train_again(folder: Path) -> None:
    card = (folder / "README.md").read_text()
    for words in ("60 products", "research and education", "t2i train-titles --data", "not measured"):
        assert words in card


def test_held_out_titles_that_are_all_known_leave_nothing_to_measure(catalogue: Path, folder: Path) -> None:
    with pytest.raises(DataError, match="No held-out product has a title"):
        evaluate_titles(folder, [catalogue])


def test_a_report_is_a_table_a_person_can_read(monkeypatch: pytest.MonkeyPatch, catalogue: Path, folder: Path) -> None:
    report = _measured_with_fresh_titles(monkeypatch, catalogue, folder)
    assert report.known_titles == 4
    category = report.titles[0]
    assert (category.label, category.queries) == ("category", 12)
    assert category.nearest == 1.0
    assert category.chance == 0.5
    assert [r.label for r in report.parser] == ["category", "colour", "gender"]
    assert all(r.found == r.right == 1.0 for r in report.parser)
    lines = str(report).splitlines()
    assert lines[0].startswith("4 known titles")
    assert any(line.split() == ["category", "1.000", "0.500", "0.500", "12"] for line in lines)


def _measured_with_fresh_titles(monkeypatch: pytest.MonkeyPatch, catalogue: Path, folder: Path) -> TitleReport:
    """The held-out products, their titles worded as no training title is."""

    def reworded(paths: list[Path], *, held_out: bool = False) -> list[Product]:
        found = read_titled(paths, held_out=held_out)
        return [replace(p, title=f"New {p.title}") for p in found] if held_out else found

    monkeypatch.setattr(titles, "read_titled", reworded)
    return evaluate_titles(folder, [catalogue])


def test_a_catalogue_without_titles_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "products_80.parquet", training=3, held_out=0, titles=False)
    with pytest.raises(DataError, match="No titles were found"):
        train_titles([catalogue], tmp_path / "out", options=OPTIONS)
    assert not (tmp_path / "out").exists()
