"""What is killed at any moment leaves no half-written file that is taken for a whole one.

T2I_KILLS=50 makes it 200 runs: 50 of each of four commands.
"""

import json
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq
from safetensors.torch import load_file

from t2i_core.data.catalogues import read_catalogue
from t2i_core.data.made_up import made_up_lines
from t2i_core.data.shards import find_shards
from t2i_core.generate.picture import Picture
from t2i_core.settings import Settings
from t2i_core.training.checkpoint import find_checkpoint
from tests.abuse.drawn import encoded, photo
from tests.security.killing import KILLS, Killer
from tests.tiny import tiny_model
from tests.training.made_up import write_catalogue

PICTURES = 60  # of a check: so many that its record is kept


def test_a_killed_drawing_leaves_whole_pictures_only(tmp_path: Path, settings: Settings) -> None:
    assert settings.weights
    tiny_model(settings.weights / "tiny")
    out = tmp_path / "out"
    killer = Killer("generate", "tiny", "--prompt", "red shoes", "--count", "8", "--out", str(out), seed=1)
    for path in out.iterdir():
        path.unlink()
    for _ in range(KILLS):
        killer.strike()
        for path in out.glob("*.png"):
            assert Picture.open(path).request.prompt == "red shoes"
            path.unlink()
    assert killer.killed
    killer.finish()
    assert len([*out.glob("*.png")]) == 8


def test_a_killed_training_goes_on_from_a_whole_checkpoint(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "products.parquet")
    changes = (
        'data=["products.parquet"]', "loop.minutes=30", "loop.batch=4", "loop.log_every=1",
        "loop.checkpoint_minutes=0.0005", "loop.sheet_minutes=100", "vocab_size=60", "network.image_size=32",
        "network.widths=[32]", "network.cond_dim=16", "network.text_dim=48",
    )  # fmt: skip
    overrides = [part for change in changes for part in ("--set", change)]
    run = tmp_path / "run"
    killer = Killer(
        *("train", "products", "--data", str(tmp_path), "--out", str(run), "--resume", *overrides), seed=2, usual=6.0
    )
    step = 0
    for _ in range(KILLS):
        killer.strike()
        if (found := find_checkpoint(run)) is None:
            assert step == 0
            continue
        for name in ("model", "ema", "optimizer"):
            assert load_file(found / f"{name}.safetensors")
        reached = json.loads((found / "progress.json").read_text())["step"]
        assert reached >= step
        step = reached
    assert killer.killed == KILLS
    killer.finish("--set", f"loop.minutes={1 / 6000}")
    steps = [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))


def test_a_killed_preparation_leaves_the_old_catalogue_or_the_new_one(tmp_path: Path) -> None:
    meta, out = tmp_path / "meta.json", tmp_path / "out"
    lines = [*islice(made_up_lines("2018-json"), 3_000)]
    meta.write_bytes(b"".join(lines))
    killer = Killer("prepare", "amazon", str(meta), "--out", str(out), seed=3)
    held = len(lines)
    for _ in range(KILLS):
        meta.write_bytes(b"".join(lines[1:]))
        killer.strike()
        catalogue = read_catalogue(out)
        assert catalogue.products in (held, len(lines) - 1)
        assert sum(pq.read_metadata(path).num_rows for path in find_shards(out)) == catalogue.products
        held = catalogue.products
        lines.pop()
    assert killer.killed
    killer.finish()
    assert read_catalogue(out).products == len(lines)


def test_a_killed_check_judges_the_rest_and_each_picture_once(tmp_path: Path, settings: Settings) -> None:
    shop, out = tmp_path / "shop", tmp_path / "out"
    shop.mkdir()
    for number in range(PICTURES):
        (shop / f"{number}.jpg").write_bytes(encoded(photo((200, 200), number)))
    killer = Killer("check", str(shop), "--json", "--out", str(out), seed=4)
    whole = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(whole) == 2
    for _ in range(KILLS):
        killer.strike()
        assert all(path.read_bytes() == whole[path.name] for path in out.glob("check.*"))
    assert killer.killed
    killer.finish()
    assert {path.name: path.read_bytes() for path in out.iterdir() if not path.name.startswith(".")} == whole
