import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save

from t2i_core.errors import OutputError, WeightsError
from t2i_core.settings import Settings
from t2i_core.weights import (
    AGAIN,
    ModelFolder,
    list_models,
    locate,
    origin,
    publish,
    read_config,
    read_folder,
    shares,
    write_folder,
)
from t2i_core.weights.folders import sha256
from tests.fake_hub import TOKEN, FakeHub, fake_hub

CONFIG = {"model": "patchflow", "name": "Größe", "sampling": {"num_steps": 16}}
EXTRA = {"tokenizer.model": b"pieces", "README.md": b"# Card\n", "sheet.png": b"picture"}


def tensors(fill: float = 1.0) -> dict[str, torch.Tensor]:
    return {"layer.weight": torch.full((3, 2), fill, dtype=torch.float16), "layer.bias": torch.arange(3.0)}


def model(folder: Path, fill: float = 1.0, kind: str = "patchflow") -> Path:
    write_folder(folder, {**CONFIG, "model": kind}, tensors(fill), EXTRA)
    return folder


@pytest.fixture
def shoes(settings: Settings) -> Path:
    return model(settings.weights_folder / "shoes")


def refusal(path: Path) -> str:
    """What `read_folder` says of a folder it must refuse."""
    with pytest.raises(WeightsError) as caught:
        read_folder(path)
    return str(caught.value)


def test_a_written_model_reads_back_the_same(shoes: Path) -> None:
    found = read_folder(shoes)
    assert isinstance(found, ModelFolder)
    assert found.path == shoes
    assert {name: value.tolist() for name, value in found.tensors.items()} == {
        name: value.tolist() for name, value in tensors().items()
    }
    assert found.tensors["layer.weight"].dtype == torch.float16
    assert found.files == {"tokenizer.model": b"pieces"}
    assert {key: found.config[key] for key in CONFIG} == CONFIG


def test_digests_cover_what_loading_needs_and_leave_the_card_free(shoes: Path) -> None:
    assert read_config(shoes)["files"].keys() == {"model.safetensors", "tokenizer.model"}  # type: ignore[attr-defined]
    (shoes / "README.md").write_text("# A better card\n")
    assert read_folder(shoes).path == shoes


def test_the_same_model_gives_the_same_files(shoes: Path, tmp_path: Path) -> None:
    other = model(tmp_path / "shoes")
    assert {p.name: p.read_bytes() for p in shoes.iterdir()} == {p.name: p.read_bytes() for p in other.iterdir()}


def test_tensors_that_share_memory_or_lie_crosswise_can_be_written(tmp_path: Path) -> None:
    write_folder(tmp_path / "m", CONFIG, {"crosswise": torch.arange(6.0).reshape(2, 3).T}, {})
    assert read_folder(tmp_path / "m").tensors["crosswise"].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_writing_again_replaces_the_whole_folder(shoes: Path) -> None:
    write_folder(shoes, CONFIG, tensors(2.0), {})
    assert sorted(entry.name for entry in shoes.iterdir()) == ["config.json", "model.safetensors"]
    assert read_folder(shoes).tensors["layer.weight"][0, 0] == 2
    assert [entry.name for entry in shoes.parent.iterdir()] == ["shoes"]


@pytest.mark.parametrize("step", ["mkdir", "write_bytes", "rename"])
def test_a_model_that_cannot_be_written_leaves_the_old_one(
    shoes: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, step, refuse)
    with pytest.raises(OutputError, match=r"shoes: Permission denied.*may write to"):
        write_folder(shoes, CONFIG, tensors(2.0), {})
    monkeypatch.undo()
    assert read_folder(shoes).tensors["layer.weight"][0, 0] == 1
    assert [entry.name for entry in shoes.parent.iterdir()] == ["shoes"]


def test_the_old_model_returns_when_the_new_one_cannot_take_its_place(
    shoes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refuse_new(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_new)
    with pytest.raises(OutputError):
        write_folder(shoes, CONFIG, tensors(2.0), {})
    assert read_folder(shoes).tensors["layer.weight"][0, 0] == 1
    assert [entry.name for entry in shoes.parent.iterdir()] == ["shoes"]


def test_a_place_inside_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="may write to"):
        write_folder(tmp_path / "file" / "model", CONFIG, tensors(), {})


def test_a_truncated_weights_file_says_which_file_and_how_to_fix_it(shoes: Path) -> None:
    file = shoes / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-5])
    assert refusal(shoes) == f"{file} is cut off, damaged or not the one config.json describes. {AGAIN}"


def test_a_single_flipped_bit_is_noticed(shoes: Path) -> None:
    file = shoes / "tokenizer.model"
    file.write_bytes(b"pieceS")
    assert str(file) in refusal(shoes)


def test_weights_of_another_model_are_told_from_damaged_ones(shoes: Path, settings: Settings) -> None:
    other = model(settings.weights_folder / "hats", fill=3.0)
    (shoes / "model.safetensors").write_bytes((other / "model.safetensors").read_bytes())
    assert "belongs to another model" in refusal(shoes)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.model"])
def test_a_missing_file_is_named(shoes: Path, name: str) -> None:
    (shoes / name).unlink()
    assert refusal(shoes) == f"{name} is missing from {shoes}. {AGAIN}"


def test_a_folder_without_config_says_which_models_there_are(shoes: Path, tmp_path: Path) -> None:
    assert f"{tmp_path} is not a model's folder" in refusal(tmp_path)
    assert "Models here: shoes." in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is damaged"),
        ("[" * 99_999, "is damaged"),
        ("\udcff", "is damaged"),
        ("[]", "does not describe a model"),
        ('{"format": 1}', "does not describe a model"),
        ('{"format": 2, "model": "patchflow"}', "format 2; this version reads format 1. Update"),
        ('{"format": 1, "model": "patchflow"}', "does not list the model's files"),
        ('{"format": 1, "model": "patchflow", "files": {"tokenizer.model": "0"}}', "does not list the model's files"),
        ('{"format": 1, "model": "x", "files": {"model.safetensors": "0", "../../secret": "0"}}', "does not list"),
        ('{"format": 1, "model": "x", "files": {"model.safetensors": "0", "/etc/passwd": "0"}}', "does not list"),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(shoes: Path, content: str, said: str) -> None:
    (shoes / "config.json").write_bytes(content.encode(errors="surrogateescape"))
    assert said in refusal(shoes)


def test_a_weights_file_that_is_no_safetensors_is_refused_even_with_its_own_digest(shoes: Path) -> None:
    (shoes / "model.safetensors").write_bytes(b"\x80\x04pickled")
    config = read_config(shoes) | {"files": {"model.safetensors": sha256(b"\x80\x04pickled")}}
    (shoes / "config.json").write_text(json.dumps(config))
    assert "is not a safetensors file" in refusal(shoes)


@pytest.fixture
def lender(settings: Settings) -> Path:
    return model(settings.weights_folder / "lender")


@pytest.fixture
def borrower(settings: Settings, lender: Path) -> Path:
    """A model whose encoder is that of `lender`."""
    folder = settings.weights_folder / "borrower"
    every = {"head.weight": torch.ones(2)} | {f"encoder.{name}": value for name, value in tensors().items()}
    write_folder(folder, CONFIG | shares("encoder.", "lender", every), every, EXTRA)
    return folder


def test_tensors_that_another_model_has_are_kept_once_and_read_as_if_they_were_here(borrower: Path) -> None:
    found = read_folder(borrower).tensors
    assert found.keys() == {"head.weight", "encoder.layer.weight", "encoder.layer.bias"}
    assert torch.equal(found["encoder.layer.bias"], tensors()["layer.bias"])
    with safe_open(borrower / "model.safetensors", "pt") as own:
        assert list(own.keys()) == ["head.weight"]


def test_a_model_whose_lender_has_changed_or_gone_says_so(borrower: Path, lender: Path) -> None:
    model(lender, fill=2.0)
    assert "lender/model.safetensors belongs to another model" in refusal(borrower)
    shutil.rmtree(lender)
    assert "There is no model “lender”" in refusal(borrower)


def test_a_lender_that_ships_with_the_studio_is_found_wherever_the_weights_lie(
    borrower: Path, lender: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("t2i_core.weights.reading.BESIDE_THE_CODE", tmp_path / "code")
    shutil.copytree(lender, tmp_path / "code" / "lender")
    shutil.rmtree(lender)
    assert "encoder.layer.bias" in read_folder(borrower).tensors


def test_without_the_lender_here_a_model_keeps_its_own_tensors(settings: Settings) -> None:
    assert shares("encoder.", "nobody", {}) == {}


def test_tensors_that_differ_from_the_lenders_are_kept(lender: Path) -> None:
    for fill, shared in ((1.0, True), (2.0, False)):
        every = {f"encoder.{name}": value for name, value in tensors(fill).items()}
        assert bool(shares("encoder.", "lender", every)) is shared
    assert shares("encoder.", "lender", {"encoder.layer.bias": tensors()["layer.bias"]}) == {}


@pytest.mark.parametrize(
    "told",
    ["shoes", {"encoder.": "shoes"}, {"encoder.": {"model": "../shoes", "sha256": "0"}}, {"": {"model": "shoes"}}],
)
def test_a_config_that_borrows_from_elsewhere_is_refused(borrower: Path, told: object) -> None:
    config = {**read_config(borrower), "shares": told}
    (borrower / "config.json").write_text(json.dumps(config))
    assert "config.json is damaged" in refusal(borrower)


def test_models_are_listed_by_name_and_kind(settings: Settings, shoes: Path) -> None:
    model(settings.weights_folder / "titles", kind="doc2vec")
    (settings.weights_folder / "empty").mkdir()
    broken = model(settings.weights_folder / "broken")
    (broken / "config.json").write_text("{")
    assert list_models() == ["broken", "shoes", "titles"]
    assert list_models("patchflow") == ["shoes"]
    assert list_models("doc2vec") == ["titles"]


def test_without_a_weights_folder_there_are_no_models(settings: Settings) -> None:
    settings.weights_folder.rmdir()
    assert list_models() == []


def test_a_name_is_found_in_the_weights_folder_before_the_current_one(
    shoes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model(tmp_path / "shoes")
    monkeypatch.chdir(tmp_path)
    assert locate("shoes") == shoes


def test_a_folder_is_found_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model(tmp_path / "runs" / "my export")
    monkeypatch.chdir(tmp_path)
    assert locate(str(folder)) == locate("runs/my export") == folder


ODD = ("x" * 5000, "a/b/c", "-rf", ".hidden", "أحذية", "owner/na me", "http://example.org/model")


@pytest.mark.parametrize(
    "name",
    [
        *ODD,
        "",
        " ",
        "..",
        "../shoes",
        "shoes/..",
        "a/../b",
        "..\\shoes",
        "a\0b",
        "a\nb",
        "/etc",
        "/nowhere/at/all",
        "~",
        "hats",
    ],
)
def test_what_names_no_model_says_what_does(shoes: Path, name: str) -> None:
    with pytest.raises(WeightsError, match=r"(?s)Models here: shoes\. Give one of their names.*owner/name") as caught:
        locate(name)
    assert len(str(caught.value)) < 600


def test_a_folder_beside_the_weights_cannot_be_reached_by_name(settings: Settings) -> None:
    model(settings.home / "secret")
    with pytest.raises(WeightsError, match="does not name a model"):
        locate("../home/secret")


def test_origin_tells_the_studio_the_hub_and_folders_apart(shoes: Path, tmp_path: Path) -> None:
    assert origin(shoes) == "shipped with the studio"
    assert origin(tmp_path / "mine") == f"folder {tmp_path / 'mine'}"
    snapshot = tmp_path / "hub" / "models--acme--red--shoes" / "snapshots" / ("0123456789" * 4)
    assert origin(snapshot) == "Hugging Face Hub: acme/red--shoes at 0123456"


def test_listing_models_does_not_load_torch(shoes: Path) -> None:
    code = "import sys; from t2i_core.weights import list_models; print(list_models(), 'torch' in sys.modules)"
    with fake_hub() as hub:
        assert hub.run(code, shoes.parent) == ["['shoes'] False"]


@pytest.mark.parametrize("name", ["shoes", "a/b/c", "", "../x/y", "a b/c"])
def test_publishing_needs_owner_and_name(shoes: Path, name: str) -> None:
    with pytest.raises(WeightsError, match="owner/name"):
        publish(shoes, name)


def test_publishing_offline_says_so(shoes: Path) -> None:
    with pytest.raises(WeightsError, match="T2I_OFFLINE"):
        publish(shoes, "acme/shoes")


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with fake_hub() as server:
        yield server


LOCATE = """
import sys
from t2i_core.errors import WeightsError
from t2i_core.weights import locate, origin
try:
    folder = locate({name!r})
    print(folder)
    print(origin(folder))
except WeightsError as problem:
    print("refused:", problem)
"""
PUBLISH = """
from pathlib import Path
from t2i_core.errors import WeightsError
from t2i_core.weights import publish
try:
    print(publish(Path({path!r}), {name!r}))
except WeightsError as problem:
    print("refused:", problem)
"""


def on_hub(hub: FakeHub, name: str, folder: Path) -> None:
    hub.repositories[name] = {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def test_a_hub_model_is_downloaded_once_and_then_served_from_the_cache(
    hub: FakeHub, tmp_path: Path, shoes: Path
) -> None:
    on_hub(hub, "acme/boots", shoes)
    first = hub.run(LOCATE.format(name="acme/boots"), tmp_path)
    assert read_folder(Path(first[0])).files == {"tokenizer.model": b"pieces"}
    assert first[1].startswith("Hugging Face Hub: acme/boots at ")
    hub.requests.clear()
    assert hub.run(LOCATE.format(name="boots"), tmp_path, T2I_HUB_NAMESPACE="acme") == first
    assert not [request for request in hub.requests if "/resolve/" in request]
    hub.requests.clear()
    assert hub.run(LOCATE.format(name="acme/boots"), tmp_path, T2I_OFFLINE="1") == first
    assert hub.run(LOCATE.format(name="acme/boots"), tmp_path, HF_HUB_OFFLINE="1") == first
    assert hub.requests == []


def test_a_hub_that_is_gone_leaves_the_cached_model(hub: FakeHub, tmp_path: Path, shoes: Path) -> None:
    on_hub(hub, "acme/boots", shoes)
    first = hub.run(LOCATE.format(name="acme/boots"), tmp_path)
    nowhere = "http://127.0.0.1:9"
    assert hub.run(LOCATE.format(name="acme/boots"), tmp_path, HF_ENDPOINT=nowhere) == first
    said = hub.run(LOCATE.format(name="acme/hats"), tmp_path, HF_ENDPOINT=nowhere)
    assert said == [
        "refused: acme/hats was not downloaded before, and the Hub cannot be reached now. Connect and try again."
    ]


def test_a_model_the_hub_does_not_show_says_what_to_check(hub: FakeHub, tmp_path: Path, shoes: Path) -> None:
    on_hub(hub, "acme/secret", shoes)
    hub.private.add("acme/secret")
    for name in ("acme/nothing", "acme/secret"):
        said = hub.run(LOCATE.format(name=name), tmp_path)
        assert said[0].startswith(f"refused: The Hub has no model {name}, or you may not see it.")
        assert "hf auth login" in said[0]
    assert len(hub.run(LOCATE.format(name="acme/secret"), tmp_path, token=TOKEN)) == 2


def test_a_published_model_can_be_loaded_from_the_hub(hub: FakeHub, tmp_path: Path, shoes: Path) -> None:
    (shoes / "optimizer.pt").write_bytes(b"not part of the model")
    assert hub.run(PUBLISH.format(path=str(shoes), name="acme/shoes"), tmp_path, token=TOKEN) == [
        f"{hub.address}/acme/shoes"
    ]
    assert hub.repositories["acme/shoes"].keys() == {"config.json", "model.safetensors", *EXTRA}
    assert hub.private == {"acme/shoes"}
    found = hub.run(LOCATE.format(name="acme/shoes"), tmp_path, token=TOKEN)
    assert read_folder(Path(found[0])).config == read_folder(shoes).config


def test_publishing_without_a_token_asks_for_a_login(hub: FakeHub, tmp_path: Path, shoes: Path) -> None:
    said = hub.run(PUBLISH.format(path=str(shoes), name="acme/shoes"), tmp_path)
    assert "hf auth login" in said[0]
    assert hub.repositories == {}


def test_a_damaged_model_is_not_published(hub: FakeHub, tmp_path: Path, shoes: Path) -> None:
    (shoes / "model.safetensors").write_bytes(save(tensors(5.0)))
    said = hub.run(PUBLISH.format(path=str(shoes), name="acme/shoes"), tmp_path, token=TOKEN)
    assert "belongs to another model" in said[0]
    assert hub.requests == []
