"""How much a refiner gains over enlarging a picture smoothly, on held-out photos and on what models draw."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from t2i_core.data.domain import find_files
from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import Examples, load_examples
from t2i_core.errors import WeightsError
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.refine import load_refiners, refine
from t2i_core.generate.request import MAX_PROMPT, GenerateRequest
from t2i_core.generate.sampler import to_images, to_tensor
from t2i_core.images import atomic_write, contact_sheet, jpeg_bytes
from t2i_core.models.layers import channels_last
from t2i_core.models.refiner import Refiner, enlarged, shrunk
from t2i_core.training.features import as_pixels
from t2i_core.training.metrics import frechet_distance
from t2i_core.training.pictures import white_of
from t2i_core.training.refining import KIND, read_refine_recipe, refiner_of
from t2i_core.training.score import Encoder, Lite2, some
from t2i_core.weights import SHARES, ModelFolder, list_models, locate, read_config, read_folder

COUNT = 300  # pictures a row
SHOWN = 12  # of each row on the sheet
BATCH = 16

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Gain:
    """Fréchet distances to held-out photos at full size. floor: that of as many training photos."""

    pictures: str
    count: int
    floor: float
    enlarged: float
    refined: float


@dataclass(frozen=True)
class RefineReport:
    """What `t2i evaluate` prints of a refiner. sheets: one of photos, for whoever has them, and one of drawn pictures,
    for its card; each row enlarged, and below that refined."""

    model: str
    features: str
    gains: Sequence[Gain]
    sheets: Sequence[str]

    def __str__(self) -> str:
        head = f"{self.model}: Fréchet distance to held-out photos, features {self.features}"
        row = "{:<34}{:>9}{:>12}{:>12}{:>12}"
        lines = [row.format("", "pictures", "real photos", "enlarged", "refined")]
        for gain in self.gains:
            values = (f"{value:.0f}" for value in (gain.floor, gain.enlarged, gain.refined))
            lines.append(row.format(gain.pictures, gain.count, *values))
        return "\n".join([head, *lines, *(f"sheet: {path}" for path in self.sheets)])

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def evaluate_refiner(
    name: str,
    data: Sequence[Path],
    *,
    cache: Path,
    out: Path,
    count: int | None = None,
    encoder: Encoder | None = None,
) -> RefineReport:
    """Judges the refiner called `name`, or the first one of the picture model called so, on the held-out photos of
    every domain that it learned from, halved, and on what the models that it refines draw for their titles.

    Raises DataError for files that are missing, WeightsError for a model without a refiner.
    """
    refiner, domains = _judged(read_folder(locate(name)))
    channels_last(refiner)
    judge, gains = encoder or Lite2(), []
    rows: dict[str, list[Image.Image]] = {"photos": [], "drawn": []}
    for domain, files in domains.items():
        photos, training = _photos(domain, files, data, refiner.config.image_size, cache, count or COUNT)
        real = judge(photos.images)
        floor = frechet_distance(real, judge(training.images))
        sources = [("photos", f"{domain}, held-out photos", shrunk(to_tensor(np.asarray(photos.images))))]
        sources += [("drawn", f"{domain}, drawn by {model}", small) for model, small in _drawn(name, domain, photos)]
        white = white_of(find_domain(domain))
        for kind, told, small in sources:
            smooth, fine = (_pixels(large, white) for large in (enlarged(small), _refined(refiner, small)))
            distances = (frechet_distance(real, judge(made)) for made in (smooth, fine))
            gains.append(Gain(told, len(photos), floor, *distances))
            rows[kind] += [*_shown(smooth), *_shown(fine)]
    sheets = {out / f"{kind}-{name}.jpg": shown for kind, shown in rows.items() if shown}
    for sheet, shown in sheets.items():
        atomic_write(sheet, jpeg_bytes(contact_sheet(shown, SHOWN)))
    return RefineReport(name, judge.key, gains, [*map(str, sheets)])


def _judged(folder: ModelFolder) -> tuple[Refiner, Mapping[str, Sequence[str]]]:
    """The refiner, and the files of every domain that it learned from."""
    if folder.config["model"] == KIND:
        return refiner_of(folder), read_refine_recipe(str(folder.config["name"])).domains
    refiners = load_refiners(folder)
    if not refiners:
        raise WeightsError(f"{folder.path.name} has no refiner: its pictures stay as small as it draws them.")
    return refiners[0], {str(folder.config.get("domain", "products")): ()}


def _photos(
    domain: str, files: Sequence[str], data: Sequence[Path], size: int, cache: Path, count: int
) -> tuple[Examples, Examples]:
    """As many held-out photos as training ones."""
    known = find_domain(domain)
    found = find_files(files or known.files, data)
    held_out, training = (load_examples(known, found, held_out=h, size=size, cache=cache) for h in (True, False))
    held_out = some(held_out, count)
    return held_out, some(training, len(held_out))


def _drawn(refiner: str, domain: str, photos: Examples) -> Iterator[tuple[str, Tensor]]:
    """What every model that shares the refiner draws for the photos' titles, before it is refined."""
    for model in list_models("patchflow"):
        config = read_config(locate(model))
        if config.get("domain", "products") != domain or refiner not in {model, *_lenders(config)}:
            continue
        pipe = TextToImage.from_pretrained(model).unrefined()
        requests = [GenerateRequest(item.title[:MAX_PROMPT], seed=row) for row, item in enumerate(photos.items)]
        yield model, to_tensor(as_pixels([picture.image for picture in pipe.generate_many(requests)]))


def _lenders(config: Mapping[str, object]) -> set[str]:
    shared = config.get(SHARES, {})
    return {str(told["model"]) for told in shared.values()} if isinstance(shared, dict) else set()


@torch.inference_mode()
def _refined(refiner: Refiner, small: Tensor) -> Tensor:
    return torch.cat([refine(refiner, part) for part in small.split(BATCH)])


def _pixels(pictures: Tensor, white: int) -> Pixels:
    return as_pixels(to_images(pictures, white))


def _shown(pictures: Pixels) -> list[Image.Image]:
    return [Image.fromarray(picture.transpose(1, 2, 0)) for picture in pictures[:SHOWN]]
