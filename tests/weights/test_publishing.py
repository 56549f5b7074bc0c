from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from t2i_core.errors import WeightsError
from t2i_core.weights import locate, publish, read_config, read_folder
from t2i_core.weights.cards import card_of
from tests.fake_hub import TOKEN, FakeHub
from tests.weights.made_up import EXTRA, model, visit


def card(folder: Path) -> ModelCard:
    return ModelCard(card_of(folder, read_config(folder), "acme/boots"))


def header(made: ModelCard) -> Any:
    """What the Hub reads of a card; which fields it has depends on the card."""
    return made.data


def test_a_published_card_says_what_the_hub_sorts_by(tmp_path: Path) -> None:
    data = header(card(model(tmp_path / "boots")))
    assert (data.license, data.library_name, data.pipeline_tag) == ("mit", "t2i", "text-to-image")
    assert data.tags == ["shoes", "t2i", "patchflow"]
    assert data.widget == [{"text": "Red boots", "output": {"url": "sheet.png"}}]
    assert {result.metric_type: result.metric_value for result in data.eval_results} == {
        "frechet-distance": 325.8,
        "precision": 0.65,
    }


def test_a_published_card_keeps_the_words_and_says_how_to_get_the_model(tmp_path: Path) -> None:
    folder = model(tmp_path / "boots")
    text = card(folder).text
    assert "# Boots" in text
    assert "`t2i pull acme/boots`" in text
    assert (folder / "README.md").read_bytes() == EXTRA["README.md"]


@pytest.mark.parametrize("files", [{}, {"README.md": b""}, {"README.md": b"---\ntags: [x]\n---\n"}])
def test_a_model_without_a_card_gets_one_that_claims_nothing(tmp_path: Path, files: dict[str, bytes]) -> None:
    made = card(model(tmp_path / "boots", files=files | {"sheet.jpg": b"picture"}))
    assert header(made).license == "other"
    assert header(made).eval_results is None
    assert "# boots" in made.text
    assert "Trained: step 20" in made.text
    assert "Not measured" in made.text
    assert "![Pictures by boots](sheet.jpg)" in made.text


def test_percent_are_told_as_shares(tmp_path: Path) -> None:
    text = b"```\n                real   everything\nR-precision, 1 of 100    66.2%     54.6%\n```"
    (result,) = header(card(model(tmp_path / "boots", files={"README.md": text}))).eval_results
    assert result.metric_value == pytest.approx(0.546)


def test_every_shipped_model_gets_a_card(repository: Path) -> None:
    for config in sorted((repository / "weights").glob("*/config.json")):
        made = card(config.parent)
        assert header(made).pipeline_tag, config
        assert header(made).license, config


def test_several_models_share_a_repository_and_are_pulled_from_it_by_name(
    hub: FakeHub, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit(hub, cache, monkeypatch, TOKEN, T2I_HUB_REPO="acme/models")
    for fill, name in ((1.0, "boots"), (2.0, "hats")):
        address = publish(model(tmp_path / name, fill), "acme/models", folder=name)
        assert address == f"{hub.address}/acme/models"
    names = {"config.json", "model.safetensors", *EXTRA}
    assert hub.repositories["acme/models"].keys() == {f"{one}/{name}" for one in ("boots", "hats") for name in names}
    assert hub.private == {"acme/models"}
    assert read_folder(locate("hats")).tensors["layer.weight"][0, 0] == 2


@pytest.mark.parametrize("folder", ["..", "a/b", "/x", "-x"])
def test_a_folder_on_the_hub_has_a_plain_name(tmp_path: Path, folder: str) -> None:
    with pytest.raises(WeightsError, match="cannot name a model's folder"):
        publish(model(tmp_path / "boots"), "acme/models", folder=folder)


def test_a_token_that_may_not_write_is_refused_in_a_sentence(
    hub: FakeHub, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit(hub, cache, monkeypatch, "hf_of_someone")
    with pytest.raises(WeightsError, match="hf auth login") as caught:
        publish(model(tmp_path / "boots"), "acme/boots")
    assert "hf_of_someone" not in str(caught.value)
    assert hub.repositories == {}
