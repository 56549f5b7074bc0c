"""Training patchflow: batches, the flow loss, and the sheet a run is judged by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from t2i_core.data.training_set import Examples
from t2i_core.generate.sampler import MIN_REMAINING, euler, guide, seeded_noise, to_images
from t2i_core.images import contact_sheet
from t2i_core.models.conditioning import Condition
from t2i_core.models.damsm import Damsm
from t2i_core.models.layers import channels_last
from t2i_core.models.patchflow import PatchFlow
from t2i_core.models.precision import fast_autocast
from t2i_core.text.attributes import AttributeSpace, Value
from t2i_core.training.diffaugment import augment
from t2i_core.training.matching_data import alike
from t2i_core.training.stock import Stock, normal

FEWEST = 32  # pictures an exam needs; a smaller set of examples is learned from as a whole
TAUGHT = (0.1, 0.7)  # times between which a teacher judges guesses: before, they are blurs; after, all is decided
SHOWN = ("move", "grain")  # how it sees them: no pattern that a refiner would not hand on may win it over
SHIFT = 2.0  # how much of drawing is spent near the noise, where a recipe says nothing
EXAM_TIMES = (0.1, 0.3, 0.5, 0.8)  # where on the flow each of its pictures is shown

ReadTexts = Callable[[Sequence[str]], NDArray[np.int64] | NDArray[np.float32]]  # -> piece ids [N, L] or vectors [N, D]


@dataclass(frozen=True)
class FlowConfig:
    """What the flow loss draws. `t_mean`, `t_std`: the logit-normal the times come from (arXiv 2403.03206)."""

    t_mean: float = 0.0
    t_std: float = 1.0
    drop_all: float = 0.1  # examples asked for nothing, for guidance
    drop_text: float = 0.1
    mirror: bool = False  # shows half of the pictures mirrored
    facing: bool = False  # turns all of them to face one way first
    perceptual: float = 0.0  # weight of the feature loss
    perceptual_rows: int = 16  # how many of a batch it looks at: a quarter costs a tenth of a step
    damsm: float = 0.0  # weight of the teacher's losses (AttnGAN's) on the pictures guessed
    damsm_rows: int = 32  # how many of a batch it looks at
    exam: int = 256  # pictures the run does not learn from, but is examined on; at most one in twenty


@dataclass(frozen=True)
class Arrays:
    """Examples as the arrays a batch is cut from.

    texts: [N, W, L] ids of W wordings, or [N, W, D] vectors
    columns: where each measured attribute stands among the numbers, and whether nearly every request says it
    """

    images: NDArray[np.uint8]
    texts: NDArray[np.generic]
    choices: NDArray[np.int64]
    numbers: NDArray[np.float32]
    given: NDArray[np.float32]
    columns: Sequence[tuple[slice, bool]]

    def __len__(self) -> int:
        return len(self.images)


def arrays_of(examples: Examples, space: AttributeSpace, read: ReadTexts) -> Arrays:
    """Reads every wording and encodes every attribute once, before training."""
    said = [text for row in examples.wordings() for text in row]
    each, place = np.unique(said, return_inverse=True)
    texts = read(each.tolist())[place].reshape(len(examples), len(said) // len(examples), -1)
    encoded = [space.encode(examples.attributes(row, space)) for row in range(len(examples))]
    return Arrays(
        images=np.asarray(examples.images),
        texts=texts,
        choices=np.stack([e.choices for e in encoded]),
        numbers=np.stack([e.numbers for e in encoded]),
        given=np.stack([e.given for e in encoded]),
        columns=space.columns,
    )


class FlowTask:
    """Flow matching of pictures under their words and attributes."""

    def __init__(
        self,
        model: PatchFlow,
        arrays: Arrays,
        config: FlowConfig,
        *,
        batch: int,
        seed: int,
        prompts: Condition,
        features: nn.Module | None = None,
        teacher: Damsm | None = None,
        shift: float = SHIFT,
    ) -> None:
        """shift: how its sheets are drawn."""
        self.model = channels_last(model)
        self.arrays, self.config, self.batch, self.seed = arrays, config, batch, seed
        self.prompts, self.features, self.shift = prompts, features, shift
        self.teacher = teacher.eval().requires_grad_(False) if teacher is not None else None
        self.stock = Stock(arrays.images)
        self.learned, self.asked = set_apart(len(arrays), config.exam, seed)
        self._epoch, self._order = -1, np.arange(0)

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        device, rows = next(model.parameters()).device, self.rows(step)
        random = torch.Generator().manual_seed(hash((self.seed, step, 0)) % 2**63)
        mine = slice(rank, None, world)  # of what is drawn for the whole batch: any number of processes sees the same
        clean = self.pictures(rows, random, device)
        condition = self.condition(rows, random)[mine].to(device)
        t = self.times(len(rows), random)[mine].to(device)
        noise = normal(clean.shape, random, device)[mine]
        clean = clean[mine]
        share = t[:, None, None, None]
        noisy = (1 - share) * noise + share * clean
        guess = model(noisy.to(memory_format=torch.channels_last), t, condition).float()
        flow = velocity_loss(guess, clean, share)
        terms, total = {}, flow
        if self.features is not None:
            terms["feature"] = self._feature_loss(guess, clean, t)
            total = total + self.config.perceptual * terms["feature"]
        if self.teacher is not None:
            terms["damsm"] = self._missed(guess, condition, rows[mine], t, random)
            total = total + self.config.damsm * terms["damsm"]
        return {"loss": total, "flow": flow, **terms} if terms else {"loss": total}

    @torch.no_grad()
    def exam(self, model: nn.Module) -> float:
        """The loss on the pictures set apart, everything of them being told: each at the same times, from the same
        noise, whenever it is taken. A teacher has its say in it, or a run would be best before it learned anything."""
        device, losses = next(model.parameters()).device, []
        random = torch.Generator().manual_seed(self.seed)
        for time in EXAM_TIMES:
            for rows in np.array_split(self.asked, -(-len(self.asked) // self.batch)):
                clean = self.stock.take(rows, device)
                noisy = (1 - time) * torch.randn(clean.shape, generator=random).to(device) + time * clean
                t = torch.full((len(rows),), time, device=device)
                condition = self._whole(rows).to(device)
                with fast_autocast(device.type):
                    guess = model(noisy.to(memory_format=torch.channels_last), t, condition).float()
                loss = velocity_loss(guess, clean, t[:, None, None, None])
                if self.teacher is not None:
                    loss = loss + self.config.damsm * self._missed(guess, condition, rows, t, random)
                losses += [float(loss)] * len(rows)
        return sum(losses) / len(losses)

    def pictures(self, rows: NDArray[np.int64], random: torch.Generator, device: torch.device) -> Tensor:
        """The examples' pictures, [B, 3, H, W] in [-1, 1]."""
        clean = self.stock.take(rows, device)
        if not self.config.mirror:
            return clean
        turned = (torch.rand(len(rows), generator=random) < 0.5).to(device)
        return torch.where(turned[:, None, None, None], clean.flip(3), clean)

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """The prompts in a grid, one seed a row-place, guidance 2, 16 steps."""
        seeds = [place % 8 for place in range(len(self.prompts))]
        pictures = sample(model, self.prompts, seeds, shift=self.shift)
        return contact_sheet(pictures, 16)

    def _feature_loss(self, guess: Tensor, clean: Tensor, t: Tensor) -> Tensor:
        """Distance of frozen features, where the picture is half clean: a guess from mere noise is rightly a blur."""
        assert self.features is not None
        near = (t > 0.3).nonzero().flatten()[: self.config.perceptual_rows]
        if not len(near):
            return guess.new_zeros(())
        distance: Tensor = self.features(guess[near], clean[near])
        return distance

    def _missed(
        self, guess: Tensor, condition: Condition, rows: NDArray[np.int64], t: Tensor, random: torch.Generator
    ) -> Tensor:
        """The teacher's losses: how far guessed pictures are from their own texts among the batch's. It is asked where
        the text still decides what comes out."""
        assert self.teacher is not None
        device = guess.device
        asked = ((t > TAUGHT[0]) & (t < TAUGHT[1]) & (condition.text != 0).any(1)).nonzero().flatten()
        asked = asked[: self.config.damsm_rows]
        if len(asked) < 2:
            return guess.new_zeros(())
        own = self.arrays.choices[rows][asked.cpu().numpy()]
        teacher = self.teacher.to(device)
        shown = augment(guess[asked].clamp(-1, 1), SHOWN, random)
        missed: Tensor = teacher(teacher.look(shown), condition.text[asked], alike(own, own).to(device))
        return missed

    def times(self, count: int, random: torch.Generator) -> Tensor:
        """Where on the flow the examples of a batch are shown, [count] in (0, 1)."""
        return torch.sigmoid(self.config.t_mean + self.config.t_std * torch.randn(count, generator=random))

    def rows(self, step: int) -> NDArray[np.int64]:
        """The examples of a step: every example once an epoch, in an order that depends on seed and epoch alone."""
        per_epoch = len(self.learned) // self.batch
        if per_epoch == 0:
            return self.learned[np.random.default_rng((self.seed, step)).integers(0, len(self.learned), self.batch)]
        if step // per_epoch != self._epoch:
            self._epoch = step // per_epoch
            self._order = np.random.default_rng((self.seed, self._epoch)).permutation(self.learned)
        start = step % per_epoch * self.batch
        return self._order[start : start + self.batch]

    def condition(self, rows: NDArray[np.int64], random: torch.Generator) -> Condition:
        """What the examples are asked for: a random part of all that is known, so that any part is enough later."""
        size = len(rows)
        wording = torch.randint(0, self.arrays.texts.shape[1], (size,), generator=random).numpy()
        all_of = self._whole(rows, wording)
        keep_text = torch.rand(size, 1, generator=random) >= self.config.drop_text
        keep_choice = torch.rand(all_of.choices.shape, generator=random) >= 0.6 * torch.rand(size, 1, generator=random)
        condition = Condition(
            all_of.text * keep_text,
            all_of.choices * keep_choice,
            all_of.numbers,
            all_of.given * self._said(size, random),
        )
        return condition.keep(torch.rand(size, generator=random) >= self.config.drop_all)

    def _whole(self, rows: NDArray[np.int64], wording: NDArray[np.int64] | int = 0) -> Condition:
        """All that is known of the examples, in one of their wordings each."""
        arrays = self.arrays
        text = torch.from_numpy(arrays.texts[rows, wording])
        labels = (torch.from_numpy(part[rows]) for part in (arrays.choices, arrays.numbers, arrays.given))
        return Condition(text if text.is_floating_point() else text.long(), *labels)

    def _said(self, size: int, random: torch.Generator) -> Tensor:
        """Which numbers an example is asked for, [size, N] of 0 and 1: a tone's three channels together, and those
        that every request says nearly always."""
        keep = torch.zeros(size, self.arrays.given.shape[1])
        share = torch.rand(size, generator=random)
        for place, usual in self.arrays.columns:
            said = torch.rand(size, generator=random) >= (0.2 * share if usual else share)
            keep[:, place] = said[:, None].float()
        return keep


def velocity_loss(guess: Tensor, clean: Tensor, share: Tensor) -> Tensor:
    """The mean square error of the velocity that a guess of clean pictures implies. share: of the clean picture, t"""
    return ((guess - clean) / (1 - share).clamp(min=MIN_REMAINING)).square().mean()


def set_apart(count: int, most: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows that a run learns from, and those that it is examined on."""
    order = np.random.default_rng((seed, count)).permutation(count)
    asked = min(most, count // 20)
    asked = asked if asked >= FEWEST else 0
    return np.sort(order[asked:]), np.sort(order[:asked])


@torch.no_grad()
def sample(
    model: nn.Module,
    condition: Condition,
    seeds: Sequence[int],
    *,
    num_steps: int = 16,
    guidance: float = 2.0,
    shift: float = SHIFT,
    white: int = 256,
) -> list[Image.Image]:
    """Pictures of a model in training, as its config.json will say to draw them. `TextToImage` is what users call."""
    device = next(model.parameters()).device
    size = int(model.config.image_size)  # type: ignore[union-attr,arg-type]
    pictures: list[Image.Image] = []
    for start in range(0, len(seeds), 64):
        asked = condition[slice(start, start + 64)].to(device)
        both = Condition.cat([asked, asked.nothing()])
        noise = torch.stack([seeded_noise(s, size) for s in seeds[start : start + 64]]).to(device)

        def predict(x: Tensor, t: Tensor, both: Condition = both) -> Tensor:
            with fast_autocast(x.device.type):
                given, free = model(torch.cat([x, x]), torch.cat([t, t]), both).float().chunk(2)
            return guide(given, free, guidance)

        pictures += to_images(euler(predict, noise, num_steps=num_steps, shift=shift), white)
    return pictures


def conditions_of(
    texts: Sequence[str], attributes: Sequence[dict[str, Value]], space: AttributeSpace, read: ReadTexts
) -> Condition:
    """A batch of requests as one Condition."""
    encoded = [space.encode(a) for a in attributes]
    return Condition(
        torch.from_numpy(read(texts)),
        torch.from_numpy(np.stack([e.choices for e in encoded])),
        torch.from_numpy(np.stack([e.numbers for e in encoded])),
        torch.from_numpy(np.stack([e.given for e in encoded])),
    )
