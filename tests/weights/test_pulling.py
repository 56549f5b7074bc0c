import json
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import constants

from t2i_core.cli import main
from t2i_core.errors import WeightsError
from t2i_core.settings import Settings
from t2i_core.weights import Place, locate, look, pull, read_folder
from t2i_core.weights.folders import sha256
from tests.fake_hub import TOKEN, FakeHub, commit_hash
from tests.weights.made_up import EXTRA, model, on_hub, visit

BOOTS = "acme/boots"
Visit = Callable[..., None]


@pytest.fixture
def again(hub: FakeHub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Asks the hub as somebody else, or otherwise."""
    return lambda token=None, **ours: visit(hub, cache, monkeypatch, token, **ours)


@pytest.fixture
def boots(hub: FakeHub, tmp_path: Path, again: Visit) -> Path:
    """A model's folder, which is on the hub too; the studio asks that hub, with an empty cache."""
    folder = model(tmp_path / "boots")
    on_hub(hub, BOOTS, folder)
    again()
    return folder


def refusal(name: str = BOOTS) -> str:
    with pytest.raises(WeightsError) as caught:
        locate(name)
    return str(caught.value)


def fetched(hub: FakeHub) -> list[str]:
    """Names of the files that were fetched, each as often as it was."""
    return sorted(request.rpartition("/")[2] for request in hub.requests if request.startswith("GET /acme/"))


def listed(hub: FakeHub, files: dict[str, bytes]) -> None:
    """Has the hub's model list these files besides its own, with their true digests."""
    repository = hub.repositories[BOOTS]
    config = json.loads(repository["config.json"])
    config["files"] |= {name: sha256(data) for name, data in files.items()}
    repository |= files | {"config.json": json.dumps(config).encode()}


def test_a_look_tells_kind_and_sizes_and_fetches_nothing_but_the_config(hub: FakeHub, boots: Path) -> None:
    offer = look(Place(BOOTS))
    sizes = {file.name: file.stat().st_size for file in boots.iterdir()}
    assert offer.kind == "patchflow"
    assert offer.files == sizes
    assert offer.size == sum(sizes.values())
    assert offer.to_fetch == offer.size - sizes["config.json"]
    assert offer.missing == {"model.safetensors", *EXTRA}
    assert fetched(hub) == ["config.json"]


@pytest.mark.usefixtures("boots")
def test_progress_counts_every_byte_once() -> None:
    total, said = look(Place(BOOTS)).to_fetch, []
    folder = pull(Place(BOOTS), lambda *counts: said.append(counts))
    assert [done for done, _ in said] == sorted({done for done, _ in said})
    assert said[-1] == (total, total)
    assert read_folder(folder).tensors.keys() == {"layer.weight"}
    assert look(Place(BOOTS)).to_fetch == 0


@pytest.mark.usefixtures("boots")
def test_a_pulled_model_is_used_without_a_single_request(hub: FakeHub, again: Visit) -> None:
    folder = pull(Place(BOOTS))
    hub.requests.clear()
    for offline in ("0", "1"):
        again(T2I_OFFLINE=offline)
        assert locate(BOOTS) == folder
    assert hub.requests == []


@pytest.mark.usefixtures("boots")
def test_offline_an_empty_cache_says_what_to_do(again: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert refusal().startswith("acme/boots was not downloaded before")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    again(T2I_OFFLINE="1")
    assert refusal().endswith("Connect and try again.")


def test_a_newer_version_comes_with_a_pull_and_not_by_itself(hub: FakeHub, boots: Path) -> None:
    old = pull(Place(BOOTS))
    on_hub(hub, BOOTS, model(boots, fill=2.0))
    assert locate(BOOTS) == old
    hub.requests.clear()
    new = pull(Place(BOOTS))
    assert new != old
    assert read_folder(new).tensors["layer.weight"][0, 0] == 2
    assert locate(BOOTS) == new
    assert "tokenizer.model" not in fetched(hub)


@pytest.mark.usefixtures("boots")
def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    hub.breaks[f"/acme/boots/resolve/{commit_hash(hub.repositories[BOOTS])}/model.safetensors"] = 50_000
    total, said = look(Place(BOOTS)).to_fetch, []
    assert read_folder(pull(Place(BOOTS), lambda *counts: said.append(counts))).tensors
    assert hub.ranges == ["bytes=50000-"]
    assert said[-1] == (total, total)


@pytest.mark.usefixtures("boots")
def test_after_a_pull_that_was_stopped_whole_files_are_not_fetched_again(hub: FakeHub) -> None:
    def stop(done: int, _: int) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(Place(BOOTS), stop)
    hub.requests.clear()
    assert read_folder(locate(BOOTS)).tensors
    assert "config.json" not in fetched(hub)
    assert not list(Path(constants.HF_HUB_CACHE).rglob("*.incomplete"))


@pytest.mark.usefixtures("boots")
def test_a_damaged_file_in_the_cache_is_fetched_again_once(hub: FakeHub) -> None:
    folder = pull(Place(BOOTS))
    weights = (folder / "model.safetensors").resolve()
    weights.write_bytes(weights.read_bytes()[:-9])
    hub.requests.clear()
    assert locate(BOOTS) == folder
    assert fetched(hub) == ["model.safetensors"]
    assert read_folder(folder).tensors


@pytest.mark.usefixtures("boots")
def test_a_damaged_file_offline_is_refused(again: Visit) -> None:
    (pull(Place(BOOTS)) / "tokenizer.model").resolve().write_bytes(b"nonsense")
    again(T2I_OFFLINE="1")
    assert "or is damaged" in refusal()


@pytest.mark.usefixtures("boots")
def test_a_tampered_file_is_named_after_one_more_try(hub: FakeHub) -> None:
    hub.repositories[BOOTS]["model.safetensors"] = b"\0" + hub.repositories[BOOTS]["model.safetensors"][1:]
    assert refusal().startswith("model.safetensors of acme/boots is not the file that its config.json describes")
    assert fetched(hub).count("model.safetensors") == 2


@pytest.mark.usefixtures("boots")
@pytest.mark.parametrize("name", ["evil.pkl", "model.bin", "model.pt", "code.py", "weights.npy", "run.sh"])
def test_a_model_that_asks_for_a_file_that_could_hold_a_program_is_refused(hub: FakeHub, name: str) -> None:
    listed(hub, {name: pickle.dumps(print)})
    assert refusal() == f"acme/boots asks for {name}, a kind of file that is never loaded from the Hub."
    assert fetched(hub) == ["config.json"]


@pytest.mark.usefixtures("boots")
def test_what_a_repository_holds_besides_its_model_is_left_there(hub: FakeHub) -> None:
    hub.repositories[BOOTS] |= {"pytorch_model.bin": b"pickled", "sub/README.md": b"# other", "..png": b"x"}
    assert {file.name for file in locate(BOOTS).iterdir()} == {"config.json", "model.safetensors", *EXTRA}


@pytest.mark.usefixtures("boots")
@pytest.mark.parametrize("name", ["../../outside.json", "/etc/passwd", "sub/tokenizer.model", ".hidden.json"])
def test_a_config_that_lists_a_path_is_refused(hub: FakeHub, name: str) -> None:
    listed(hub, {name: b"{}"})
    assert "config.json does not list the model's files" in refusal()


@pytest.mark.usefixtures("boots")
def test_a_listed_file_that_is_not_there_is_named(hub: FakeHub) -> None:
    del hub.repositories[BOOTS]["tokenizer.model"]
    assert refusal() == "acme/boots lacks tokenizer.model, which its config.json lists. Tell its owner."


@pytest.mark.usefixtures("boots")
@pytest.mark.parametrize("config", [{}, {"config.json": b""}, {"config.json": b" " * 9_000_000}])
def test_a_repository_of_something_else_is_told_so(hub: FakeHub, config: dict[str, bytes]) -> None:
    hub.repositories[BOOTS] = {"README.md": b"# other", **config}
    assert "is not a model of this studio" in refusal()
    assert fetched(hub) == []


@pytest.mark.usefixtures("boots")
def test_a_model_of_another_library_is_told_so(hub: FakeHub) -> None:
    hub.repositories[BOOTS] = {"config.json": b'{"architectures": ["Bert"]}'}
    assert "does not describe a model of this studio" in refusal()


@pytest.mark.usefixtures("boots")
def test_a_gated_model_says_what_it_takes(hub: FakeHub, again: Visit) -> None:
    hub.gated.add(BOOTS)
    assert refusal() == "acme/boots is open only to those it knows. Log in with `hf auth login` and try again."
    again("hf_of_someone")
    assert f"Accept its terms at {hub.address}/acme/boots" in refusal()
    again(TOKEN)
    assert locate(BOOTS).is_dir()


@pytest.mark.usefixtures("boots")
def test_a_missing_and_a_private_model_look_alike(hub: FakeHub, again: Visit) -> None:
    hub.private.add(BOOTS)
    assert refusal().replace("boots", "hats") == refusal("acme/hats")
    again(TOKEN)
    assert locate(BOOTS).is_dir()


def test_a_bare_name_is_found_in_the_repository_that_holds_models(hub: FakeHub, boots: Path, again: Visit) -> None:
    on_hub(hub, "acme/models", model(boots.parent / "hats", fill=3.0), "hats")
    again(T2I_HUB_REPO="acme/models", T2I_HUB_NAMESPACE="acme")
    folder = locate("hats")
    assert read_folder(folder).tensors["layer.weight"][0, 0] == 3
    assert "models--acme--boots" in str(locate("boots"))
    assert refusal("ties").startswith("The Hub has no model acme/ties")
    again(T2I_HUB_REPO="acme/models", T2I_OFFLINE="1")
    assert locate("hats") == folder


@pytest.mark.usefixtures("boots")
def test_a_dry_run_prints_what_a_pull_would_fetch(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pull", BOOTS, "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"acme/boots at [0-9a-f]{7}: patchflow", lines[0])
    assert any(re.fullmatch(r"model\.safetensors +0\.1 MB  to fetch", line) for line in lines)
    assert re.fullmatch(r"in all +0\.1 MB  0\.1 MB to fetch", lines[-1])
    assert fetched(hub) == ["config.json"]


@pytest.mark.usefixtures("boots")
def test_a_pull_can_write_a_folder_of_ones_own(
    hub: FakeHub, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    out = settings.weights_folder / "mine"
    for _ in range(2):  # the second time over the first
        assert main(["pull", BOOTS, "--out", str(out)]) == 0
        assert capsys.readouterr().out == f"{out}\n"
        assert {file.name: file.read_bytes() for file in out.iterdir()} == hub.repositories[BOOTS]
    (settings.home / "diary").touch()
    assert main(["pull", BOOTS, "--out", str(settings.home)]) == 2
    assert (settings.home / "diary").exists()


def test_pull_takes_a_repository(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pull", "a/b/c"]) == 2
    assert "owner/name" in capsys.readouterr().err


@pytest.mark.usefixtures("boots")
def test_a_cache_that_was_deleted_is_filled_again() -> None:
    folder = pull(Place(BOOTS))
    shutil.rmtree(constants.HF_HUB_CACHE)
    assert locate(BOOTS) == folder
    assert read_folder(folder).tensors
