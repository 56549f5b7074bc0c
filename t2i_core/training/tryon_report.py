"""How well try-on works on people nobody learned from: their own garments put back on, and others' put on."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from t2i_core.data.people import Person as Known
from t2i_core.data.people import read_people
from t2i_core.errors import T2IError
from t2i_core.generate.sampler import to_tensor
from t2i_core.images import atomic_write, contact_sheet, open_image, png_bytes
from t2i_core.training.overlay_data import Photo, photos
from t2i_core.training.perceptual import PerceptualDistance
from t2i_core.tryon.cutting import cut_worn
from t2i_core.tryon.dress import Dresser, put_on
from t2i_core.tryon.flatten import flattened
from t2i_core.tryon.garment import SLOTS, Garment, Slot
from t2i_core.tryon.person import Person, require
from t2i_core.tryon.pose import Sighted
from t2i_core.tryon.problems import TryOnError

GARMENTS = 10  # others' garments put on everybody
SHOWN = 24  # results on the sheet
WINDOW = 7  # pixels a side that SSIM compares
SHELF = ("Tshirts", "Shirts", "Tops", "Sweatshirts", "Jackets")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class OwnBack:
    """A garment cut out of a photo, laid flat and put back. ssim, perceptual, colour (mean ΔE00): inside the garment;
    perceptual: over the whole photo, Lite0 features."""

    slot: Slot
    ssim: float
    perceptual: float
    colour: float


@dataclass(frozen=True)
class TryOnReport:
    """people: held-out photos; own: garments put back, with the means of three measures; dressed, refused, crashed:
    of all people with all garments; changed: results in which a pixel outside the mask differs; seconds: to see a
    person, and to put a garment on (medians)."""

    people: int
    own: int
    ssim: float
    perceptual: float
    colour: float
    by_slot: dict[str, float]
    dressed: int
    refused: dict[str, int]
    crashed: int
    failure_rate: float
    changed: int
    see_seconds: float
    dress_seconds: float

    def __str__(self) -> str:
        slots = ", ".join(f"{slot} {value:.3f}" for slot, value in self.by_slot.items())
        refused = ", ".join(f"{kind} {count}" for kind, count in self.refused.items()) or "none"
        return (
            f"own garment put back, {self.own} of {self.people} held-out people: SSIM {self.ssim:.3f} ({slots}), "
            f"perceptual distance {self.perceptual:.4f}, colour ΔE00 {self.colour:.1f}\n"
            f"other garments put on: {self.dressed} results, refused people: {refused}, crashes {self.crashed}, "
            f"failure rate {self.failure_rate:.1%}\n"
            f"results with a changed pixel outside the mask: {self.changed}\n"
            f"seconds: see {self.see_seconds:.2f}, dress {self.dress_seconds:.2f}"
        )


@dataclass
class Tally:
    """What was counted while people were dressed."""

    own: list[OwnBack] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    crashed: int = 0
    dressed: int = 0
    changed: int = 0
    see: list[float] = field(default_factory=list)
    dress: list[float] = field(default_factory=list)
    shown: list[Image.Image] = field(default_factory=list)


def evaluate_tryon(
    data: Sequence[Path], *, count: int | None, seed: int, out: Path, on_step: Progress | None = None
) -> TryOnReport:
    """Judges try-on with the shipped networks. Raises DataError for missing data, OutputError for `out`."""
    people, dresser, tally = read_people(data, held_out=True)[:count], Dresser.from_pretrained(), Tally()
    shelf = garments(dresser, data, seed)
    distance = PerceptualDistance()
    for index, known in enumerate(people):
        _one(known, dresser, shelf, distance, tally)
        if on_step:
            on_step(index + 1, len(people))
    if tally.shown:
        sheet = contact_sheet(tally.shown[:SHOWN], 4, gap=6)
        atomic_write(out / "tryon.png", png_bytes(sheet, {}))
    return _report(len(people), tally)


def garments(dresser: Dresser, data: Sequence[Path], seed: int) -> list[Garment]:
    """Tops of held-out products that can be cut out."""
    found = [photo for photo in photos(data, {"products_192.parquet": 2000}, held_out=True) if photo.category in SHELF]
    Random(seed).shuffle(found)
    cut: list[Garment] = []
    for photo in found:
        cut += _cut(dresser, photo)
        if len(cut) == GARMENTS:
            break
    return cut


def _cut(dresser: Dresser, photo: Photo) -> list[Garment]:
    try:
        return [dresser.cut(open_image(photo.file), "upper")]
    except T2IError:
        return []


def _one(known: Known, dresser: Dresser, shelf: Sequence[Garment], distance: PerceptualDistance, tally: Tally) -> None:
    photo = Image.fromarray(known.pixels)
    try:
        started = time.perf_counter()
        person = dresser.see(photo)
        tally.see.append(time.perf_counter() - started)
        for slot in SLOTS:
            own = put_back(person, slot, distance)
            tally.own += [own] if own else []
        require(person, "upper")
    except TryOnError as problem:
        tally.refused[problem.kind] += 1
        return
    except Exception:  # a crash is what is counted here
        tally.crashed += 1
        return
    place = len(tally.shown) % max(len(shelf), 1)  # one result a person, every garment in turn
    for index, garment in enumerate(shelf):
        _try(person, garment, tally, shown=index == place)


def _try(person: Person, garment: Garment, tally: Tally, *, shown: bool) -> None:
    try:
        started = time.perf_counter()
        done = put_on(person, [garment])
        tally.dress.append(time.perf_counter() - started)
    except Exception:  # a crash is what is counted here
        tally.crashed += 1
        return
    tally.dressed += 1
    differs = (np.asarray(done.image) != person.photo).any(2)
    tally.changed += bool((differs & ~done.mask).any())
    if shown and len(tally.shown) < SHOWN:
        tally.shown.append(side_by_side(garment, person, done.image))


def side_by_side(garment: Garment, person: Person, result: Image.Image, height: int = 288) -> Image.Image:
    """Garment, photo and result beside each other."""
    alpha = garment.alpha[..., None]
    cut = (garment.pixels * alpha + 255 * (1 - alpha)).astype(np.uint8)
    pictures = [Image.fromarray(cut), Image.fromarray(person.photo), result]
    row = Image.new("RGB", (3 * height * 2 // 3, height), "white")
    for index, picture in enumerate(pictures):
        fitted = picture.copy()
        fitted.thumbnail((height * 2 // 3, height))
        row.paste(fitted, (index * (height * 2 // 3), 0))
    return row


def put_back(person: Person, slot: Slot, distance: PerceptualDistance) -> OwnBack | None:
    """The person's own garment cut out, laid flat and put on again, beside the photo; None without one."""
    garment = cut_worn(Image.fromarray(person.photo), slot, Sighted(person.pose), person.parsed)
    if garment is None:
        return None
    done = np.asarray(put_on(person, [flattened(garment)]).image)
    inside = garment.alpha > 0.5
    _, similar = structural_similarity(done, person.photo, win_size=WINDOW, channel_axis=2, full=True)
    apart = deltaE_ciede2000(rgb2lab(done[inside]), rgb2lab(person.photo[inside]))
    with torch.inference_mode():
        perceptual = distance(_tensor(done), _tensor(person.photo))
    return OwnBack(slot, float(similar.mean(2)[inside].mean()), float(perceptual), float(apart.mean()))


def _tensor(pixels: NDArray[np.uint8]) -> torch.Tensor:
    return to_tensor(pixels.transpose(2, 0, 1)[None])


def _report(people: int, tally: Tally) -> TryOnReport:
    own = tally.own
    slots = {slot: [one.ssim for one in own if one.slot == slot] for slot in SLOTS}
    failures = sum(tally.refused.values()) + min(tally.crashed, people)
    return TryOnReport(
        people=people,
        own=len(own),
        ssim=_mean([one.ssim for one in own]),
        perceptual=_mean([one.perceptual for one in own]),
        colour=_mean([one.colour for one in own]),
        by_slot={slot: _mean(values) for slot, values in slots.items() if values},
        dressed=tally.dressed,
        refused=dict(tally.refused),
        crashed=tally.crashed,
        failure_rate=round(failures / max(people, 1), 4),
        changed=tally.changed,
        see_seconds=_median(tally.see),
        dress_seconds=_median(tally.dress),
    )


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4) if values else float("nan")


def _median(values: Sequence[float]) -> float:
    return round(float(np.median(values)), 3) if values else float("nan")
