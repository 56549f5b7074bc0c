"""What each kind of model makes of the same pictures and the same processor time: a flow, that flow distilled to one
step, TAC-GAN with either loss, DCGAN."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from PIL import Image

from t2i_core.data.domain import Domain, find_files
from t2i_core.data.domains import find_domain
from t2i_core.data.training_set import Examples, load_examples
from t2i_core.errors import InputError
from t2i_core.generate.pipeline import TextToImage
from t2i_core.images import atomic_write, contact_sheet, jpeg_bytes
from t2i_core.training.checkpoint import find_checkpoint, progress_of
from t2i_core.training.dcgan import read_dcgan_recipe
from t2i_core.training.evaluate import title_alone
from t2i_core.training.features import as_pixels
from t2i_core.training.instant import export_instant, read_instant_recipe, train_instant
from t2i_core.training.instant_report import milliseconds
from t2i_core.training.metrics import frechet_distance, overlap
from t2i_core.training.pictures import export, train_pictures
from t2i_core.training.recipe import read_recipe
from t2i_core.training.score import Encoder, Judge, make_judge, some
from t2i_core.training.tacgan import read_tacgan_recipe
from t2i_core.training.trials import Place, Trial, dcgan_trial, paced, tacgan_trial

JUDGED, SHOWN, TIMED = 500, 12, 10
RESULT, FIGURE = "result.json", "kinds.jpg"

Draw = Callable[[Examples], list[Image.Image]]


@dataclass(frozen=True)
class KindResult:
    """What came of one kind. images: pictures shown in training, those of a distilled flow included; category: share
    of pictures in which the classifier of real ones sees what was asked, None for a model that cannot be asked."""

    name: str
    frechet: float
    precision: float
    recall: float
    category: float | None
    milliseconds: float
    images: int


@dataclass(frozen=True)
class Comparison:
    """All kinds, and what real pictures reach."""

    domain: str
    minutes: float
    count: int
    results: tuple[KindResult, ...]

    def __str__(self) -> str:
        head = (
            f"{self.domain}: {self.minutes:g} processor minutes each, {self.count} held-out titles\n\n"
            "| kind | FD | precision | recall | category | ms a picture | images trained |\n|---|" + "---:|" * 6
        )
        return "\n".join([head, *map(_row, self.results)])


class Kinds:
    """The comparison in a folder, where finished parts are kept."""

    def __init__(self, place: Place, out: Path, domain: str, encoder: Encoder | None = None) -> None:
        if place.minutes is None or not place.minutes > 0:
            raise InputError("Say how long each kind may train: --minutes M, above zero.")
        self.place, self.out, self.minutes, self.encoder = place, out, place.minutes, encoder
        self.domain: Domain = find_domain(domain)

    def compare(self) -> Comparison:
        """Trains and judges what is not yet done, and writes the figure."""
        kinds: Mapping[str, Callable[[str], KindResult]] = {
            "patchflow": self._flow,
            "patchflow, one step": self._instant,
            "TAC-GAN, BCE": self._tacgan,
            "TAC-GAN, LSGAN": self._tacgan,
            "DCGAN": self._dcgan,
        }
        results = [self._real(), *(self._kept(name, judged) for name, judged in kinds.items())]
        self._write_figure([one.name for one in results])
        return Comparison(self.domain.name, self.minutes, len(self.asked), tuple(results))

    @cached_property
    def files(self) -> list[Path]:
        return find_files(self.domain.files, self.place.data)

    @cached_property
    def asked(self) -> Examples:
        held_out = load_examples(self.domain, self.files, held_out=True, size=64, cache=self.place.cache)
        return some(held_out.taken([row for row, item in enumerate(held_out.items) if item.title]), JUDGED)

    @cached_property
    def judge(self) -> Judge:
        training = load_examples(self.domain, self.files, held_out=False, size=64, cache=self.place.cache)
        return make_judge(training, self.place.cache, self.encoder)

    @cached_property
    def real(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        return self.judge.encoder(np.asarray(self.asked.images))

    def _kept(self, name: str, judged: Callable[[str], KindResult]) -> KindResult:
        stored = self.out / _folder(name) / RESULT
        if not stored.is_file():
            atomic_write(stored, json.dumps(asdict(judged(name))).encode())
        return KindResult(**json.loads(stored.read_text()))

    def _real(self) -> KindResult:
        """Training pictures, judged as if they had been drawn."""
        rows = self.judge.training
        rows = rows[np.random.default_rng(0).permutation(len(rows))[: len(self.real)]]
        near, category = overlap(self.real, rows), self._category(self.real)
        self._show("real pictures", [Image.fromarray(p.transpose(1, 2, 0)) for p in self.asked.images[:SHOWN]])
        return KindResult(
            "real pictures", frechet_distance(self.real, rows), near.precision, near.recall, category, 0, 0
        )

    def _flow(self, name: str) -> KindResult:
        run, model = self.out / _folder(name), self.out / "flow"
        recipe = read_recipe(self.domain.name, self.place.overrides)
        recipe = replace(recipe, loop=paced(recipe.loop, self.minutes))
        train_pictures(recipe, self.place.data, run, cache=self.place.cache, resume=run.exists())
        export(run, model)
        return self._judged(name, self._drawer(None), steps_of(run) * recipe.loop.batch)

    def _instant(self, name: str) -> KindResult:
        run, model = self.out / _folder(name), self.out / "flow"
        recipe = read_instant_recipe(f"instant-{self.domain.name}", [f'flow="{model}"'])
        recipe = replace(recipe, loop=paced(recipe.loop, self.minutes))
        train_instant(recipe, self.place.data, run, cache=self.place.cache, resume=run.exists())
        export_instant(run, model)
        flow = read_recipe(self.domain.name, self.place.overrides)
        seen = steps_of(self.out / _folder("patchflow")) * flow.loop.batch
        return self._judged(name, self._drawer(1), seen + steps_of(run) * recipe.loop.batch)

    def _drawer(self, steps: int | None) -> Draw:
        pipe = TextToImage.from_pretrained(self.out / "flow")

        def draw(asked: Examples) -> list[Image.Image]:
            requests = [replace(title_alone(asked, row, pipe, 0), num_steps=steps) for row in range(len(asked))]
            return [picture.image for picture in pipe.generate_many(requests)]

        return draw

    def _tacgan(self, name: str) -> KindResult:
        loss = "bce" if "BCE" in name else "lsgan"
        recipe = read_tacgan_recipe(f"tacgan-{self.domain.name}-{loss}")
        trial = tacgan_trial(replace(recipe, loop=paced(recipe.loop, self.minutes)), self.place)
        return self._trial(name, trial, recipe.loop.batch)

    def _dcgan(self, name: str) -> KindResult:
        recipe = read_dcgan_recipe("shoes-dcgan", [f'domain="{self.domain.name}"'])
        trial = dcgan_trial(replace(recipe, loop=paced(recipe.loop, self.minutes)), self.place)
        return replace(self._trial(name, trial, recipe.loop.batch), category=None)

    def _trial(self, name: str, trial: Trial, batch: int) -> KindResult:
        run = self.out / _folder(name)
        model = trial.train(run)
        return self._judged(name, lambda asked: trial.draw(model, asked), steps_of(run) * batch)

    def _judged(self, name: str, draw: Draw, images: int) -> KindResult:
        pictures = draw(self.asked)
        self._show(name, pictures[:SHOWN])
        rows = self.judge.encoder(as_pixels(pictures))
        near = overlap(self.real, rows)
        return KindResult(
            name=name,
            frechet=frechet_distance(self.real, rows),
            precision=near.precision,
            recall=near.recall,
            category=self._category(rows),
            milliseconds=round(milliseconds(partial(draw, self.asked.taken([0])), TIMED), 1),
            images=images,
        )

    def _category(self, rows: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> float:
        name = self.domain.judged[0]
        labels = {name: [item.labels.get(name) for item in self.asked.items]}
        probe = replace(self.judge, probes={name: self.judge.probes[name]})
        return probe.accuracies(rows, labels)[name]

    def _show(self, name: str, pictures: Sequence[Image.Image]) -> None:
        strip = contact_sheet(list(pictures), SHOWN)
        atomic_write(self.out / f"{_folder(name)}.jpg", jpeg_bytes(strip))

    def _write_figure(self, names: Sequence[str]) -> None:
        """A row of pictures a kind, of the same titles. Real pictures are left out: they are not ours to publish."""
        made = names[1:]
        strips = [Image.open(self.out / f"{_folder(name)}.jpg") for name in made]
        sheet = contact_sheet(strips, 1, row_labels=list(made))
        atomic_write(self.out / FIGURE, jpeg_bytes(sheet))


def steps_of(run: Path) -> int:
    """Steps that a run's checkpoint has taken."""
    found = find_checkpoint(run)
    return 0 if found is None else int(progress_of(found)["step"])


def _folder(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def _row(one: KindResult) -> str:
    category = "–" if one.category is None else f"{one.category:.0%}"
    cells = [one.name, f"{one.frechet:.0f}", f"{one.precision:.2f}", f"{one.recall:.2f}", category]
    cells += [f"{one.milliseconds:.0f}" if one.milliseconds else "–", f"{one.images:,}" if one.images else "–"]
    return "| " + " | ".join(cells) + " |"
