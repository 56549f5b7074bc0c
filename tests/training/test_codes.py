from pathlib import Path

import pyarrow.parquet as pq
import torch

from t2i_core.cli import main
from t2i_core.generate.codes import CodePainter, CodeRequest
from t2i_core.models.dcgan import DcganConfig, DcganGenerator
from t2i_core.training.codes import meanings_of
from t2i_core.training.dcgan import sheet_latents
from t2i_core.weights import read_config
from tests.training.made_up import write_catalogue

FILE = "shoes.parquet"


class Lightening(DcganGenerator):
    """A grey square on white that its first slider lightens, and its second does nothing to."""

    def forward(self, noise: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        pictures = torch.ones(len(noise), 3, 32, 32)
        pictures[:, :, 8:24, 8:24] = 0.4 * codes[:, 3, None, None, None] - 0.4 + 0.02 * noise[:, :1, None, None]
        return pictures


def test_a_slider_is_named_after_what_it_moves() -> None:
    config = DcganConfig(image_size=32, latent=8, widths=(16, 16, 16), categories=3, continuous=2)
    first, second = meanings_of(CodePainter(Lightening(config), name="made-up"))
    assert first.startswith("from darker to lighter")
    assert "nothing measured follows it" in second


def test_a_run_becomes_a_model_with_card_and_sheet(tmp_path: Path) -> None:
    data, run, out = (tmp_path / name for name in ("data", "run", "shoes-infogan"))
    data.mkdir()
    things = pq.read_table(write_catalogue(tmp_path / "things.parquet", training=24, held_out=2))
    pq.write_table(things.select(["id", "articleType", "image"]).rename_columns(["id", "kind", "image"]), data / FILE)
    small = ["network.image_size=32", "network.latent=8", "network.widths=[16, 16, 16]", "loop.steps=2", "loop.batch=8"]
    changes = [word for change in small for word in ("--set", change)]
    assert main(["train", "shoes-infogan", "--data", str(data), "--out", str(run), *changes]) == 0
    out.mkdir()
    (out / "README.md").write_text("# Old\n\n## Notes\n![By hand](experiments.jpg)\n")
    (out / "experiments.jpg").write_bytes(b"four")
    assert main(["export", str(run), "--out", str(out)]) == 0
    assert len(read_config(out)["meanings"]) == 2  # type: ignore[arg-type]
    card = (out / "README.md").read_text()
    assert "slider 2:" in card
    assert "# Old" not in card
    assert card.endswith("## Notes\n![By hand](experiments.jpg)\n")
    assert (out / "experiments.jpg").read_bytes() == b"four"
    assert (out / "sheet.jpg").is_file()
    painter = CodePainter.from_pretrained(out)
    assert len(painter.draw(CodeRequest(count=3))) == 3
    assert sheet_latents(painter.config)[1].shape[1] == 6
