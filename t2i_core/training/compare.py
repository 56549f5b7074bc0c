"""Short trainings on equal budgets, judged alike: how a recipe's open questions are settled before its long run."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from torch import nn

from t2i_core.data.domain import find_files
from t2i_core.data.training_set import Examples, load_examples
from t2i_core.errors import InputError
from t2i_core.images import atomic_write
from t2i_core.models.layers import count_parameters
from t2i_core.text.attributes import Value
from t2i_core.text.parser import TitleParser
from t2i_core.training.checkpoint import find_checkpoint, progress_of
from t2i_core.training.features import as_pixels
from t2i_core.training.flow import conditions_of, sample
from t2i_core.training.pictures import Prepared, prepare, train_pictures, white_of
from t2i_core.training.recipe import Recipe, read_recipe
from t2i_core.training.score import Judge, Score, make_judge, some

FOLDER = Path(__file__).parent / "comparisons"


@dataclass(frozen=True)
class Variant:
    """A name and what it changes in the recipe."""

    name: str
    set: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        return re.sub(r"\W+", "-", self.name).strip("-").lower()


@dataclass(frozen=True)
class Plan:
    """A comparison file: variants of one recipe, each trained for `cpu_minutes` and judged on `count` held-out
    products at guidance 2; the first also at `guidances`."""

    recipe: str
    cpu_minutes: float
    count: int
    guidances: tuple[float, ...]
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Outcome:
    """A variant after its budget. `full`: asked for all that is known of held-out products; `title`: for their titles
    alone, read as a user's prompt is. Both hold a Score's fields."""

    variant: str
    guidance: float
    parameters: int
    steps: int
    full: Mapping[str, object]
    title: Mapping[str, object]


def compare(source: str, data: Sequence[Path], out: Path, *, cache: Path, only: Sequence[str] = ()) -> list[Outcome]:
    """Trains and judges the variants of a comparison (a file, or a shipped one's name), or those whose name holds a
    word of `only`. Finished ones are kept in `out` and not done again."""
    plan = read_plan(source)
    chosen = [v for v in plan.variants if not only or any(word.lower() in v.name.lower() for word in only)]
    runs = [_Run(plan, variant, list(data), out / variant.slug, cache) for variant in chosen]
    outcomes = [run.outcome(2.0) for run in runs]
    if runs and not only:
        outcomes += [runs[0].outcome(g) for g in plan.guidances if g != 2.0]
    return outcomes


def read_plan(source: str) -> Plan:
    """A comparison file. Raises InputError where it is missing, no TOML, or incomplete."""
    path = Path(source) if source.endswith(".toml") else FOLDER / f"{source}.toml"
    try:
        content = tomllib.loads(path.read_text())
        variants = tuple(Variant(v["name"], tuple(v["set"])) for v in content.pop("variant"))
        return Plan(**{**content, "guidances": tuple(content["guidances"])}, variants=variants)
    except OSError as problem:
        shipped = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml")))
        raise InputError(f"There is no comparison {source}. Shipped comparisons: {shipped}.") from problem
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as problem:
        raise InputError(f"{path} is not a comparison file: {problem}.") from problem


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a Markdown table."""
    head = (
        "| variant | guidance | parameters | steps x 64 | FD, all known | category | colour | ΔE00 "
        "| FD, title only | category | colour |\n|---|" + "---:|" * 10
    )
    return "\n".join([head, *(_row(outcome) for outcome in outcomes)])


@dataclass(frozen=True)
class _Run:
    plan: Plan
    variant: Variant
    data: list[Path]
    folder: Path
    cache: Path

    def outcome(self, guidance: float) -> Outcome:
        """What is on disk, or a fresh training and judgement."""
        kept = self.folder / f"outcome-guidance-{guidance:g}.json"
        if not kept.is_file():
            atomic_write(kept, json.dumps(asdict(self._judged(guidance)), indent=1).encode())
        return Outcome(**json.loads(kept.read_text()))

    @cached_property
    def recipe(self) -> Recipe:
        pace = [f"loop.cpu_minutes={self.plan.cpu_minutes}", "loop.sheet_minutes=1000", "loop.checkpoint_minutes=2"]
        return read_recipe(self.plan.recipe, [*pace, *self.variant.set])

    @cached_property
    def prepared(self) -> Prepared:
        return prepare(self.recipe, self.data, self.cache)

    @cached_property
    def model(self) -> nn.Module:
        return train_pictures(self.recipe, self.data, self.folder, cache=self.cache, resume=True)

    @cached_property
    def judge(self) -> Judge:
        return make_judge(self.prepared.examples, self.cache)

    def _judged(self, guidance: float) -> Outcome:
        model = self.model
        size = int(str(self.recipe.network["image_size"]))
        files = find_files(self.recipe.data, self.data)
        domain = self.recipe.domain
        asked = some(load_examples(domain, files, held_out=True, size=size, cache=self.cache), self.plan.count)
        known = [asked.attributes(row, self.prepared.space) for row in range(len(asked))]
        parser = TitleParser.for_space(self.prepared.space, self.prepared.brands)
        defaults = self.prepared.space.defaults()
        read: list[dict[str, Value]] = [{**defaults, **parser.parse(item.title).attributes} for item in asked.items]
        scores = [asdict(self._score(asked, attributes, guidance)) for attributes in (known, read)]
        found = find_checkpoint(self.folder)
        assert found is not None  # the training above has left one
        steps = progress_of(found)["step"]
        return Outcome(self.variant.name, guidance, count_parameters(model), steps, *scores)

    def _score(self, asked: Examples, attributes: list[dict[str, Value]], guidance: float) -> Score:
        texts = [item.title for item in asked.items]
        condition = conditions_of(texts, attributes, self.prepared.space, self.prepared.read)
        white = white_of(self.recipe.domain)
        pictures = sample(self.model, condition, seeds=range(len(asked)), guidance=guidance, white=white)
        return self.judge.score(as_pixels(pictures), asked)


def _row(outcome: Outcome) -> str:
    full, title = outcome.full, outcome.title
    cells = [
        outcome.variant,
        f"{outcome.guidance:g}",
        f"{outcome.parameters / 1e6:.1f} M",
        f"{outcome.steps:,}",
        f"{full['frechet']:.0f}",
        *_shares(full),
        f"{full['tone_difference']:.1f}",
        f"{title['frechet']:.0f}",
        *_shares(title),
    ]
    return "| " + " | ".join(cells) + " |"


def _shares(score: Mapping[str, object]) -> list[str]:
    accuracy = score["accuracy"]
    assert isinstance(accuracy, Mapping)
    return [f"{100 * accuracy[name]:.0f} %" for name in ("category", "colour")]
