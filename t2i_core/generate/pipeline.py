"""From a request to pictures: a loaded patchflow model, its words and its attributes behind one object."""

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from t2i_core.errors import InputError
from t2i_core.generate.directions import Directions
from t2i_core.generate.instant import OneStep
from t2i_core.generate.loading import Model, Sampling, load_model
from t2i_core.generate.mixing import checked, corners
from t2i_core.generate.picture import Picture
from t2i_core.generate.refine import NUM_STEPS as REFINING_STEPS
from t2i_core.generate.refine import refine
from t2i_core.generate.request import GenerateRequest
from t2i_core.generate.sampler import Predict, Progress, blend_noise, euler, guide, seeded_noise, to_images
from t2i_core.models.conditioning import Condition
from t2i_core.models.layers import channels_last
from t2i_core.models.patchflow import PatchFlow
from t2i_core.models.precision import dtype_of
from t2i_core.settings import get_settings
from t2i_core.text.attributes import Value
from t2i_core.text.parser import ParsedTitle, TitleParser, strangers
from t2i_core.text.wording import completed, left_standing, settled
from t2i_core.turns import Work, get_turns
from t2i_core.weights import ModelFolder, locate, read_folder


class TextToImage:
    """A model ready to draw. One instance serves any number of threads: it keeps nothing between calls."""

    def __init__(
        self, model: Model, *, name: str = "products", device: str = "cpu", dtype: torch.dtype = torch.float32
    ) -> None:
        """Takes over `model.network`: moves it to `device`, and turns all but its condition embedder to `dtype`."""
        self.network = model.network.to(device)
        channels_last(self.network.backbone).to(dtype)
        self.dtype = dtype
        self.refiners = model.refiners
        for refiner in self.refiners:
            channels_last(refiner.to(device)).to(dtype)
        self.instant = model.instant
        if self.instant is not None:
            channels_last(self.instant.network.backbone.to(device)).to(dtype)
        self.tokenizer = model.tokenizer
        self.space = model.space
        self.sampling = model.sampling
        self.directions = model.directions
        self.config = model.config
        self.vocabulary = model.words
        self.name = name
        self.device = device
        self._parser = TitleParser.for_space(model.space, model.brands)

    @classmethod
    def from_pretrained(cls, name: str | Path) -> "TextToImage":
        """Loads a model by its name under weights/, its folder, or its Hub id "owner/repo".

        Raises WeightsError where files are missing, damaged, or do not belong together.
        """
        settings = get_settings()
        if settings.threads:
            torch.set_num_threads(settings.threads)
        folder = read_folder(locate(str(name)))
        device = _device(settings.device)
        dtype = dtype_of(settings.precision, device)
        return cls(load_model(folder), name=_public_name(str(name), folder), device=device, dtype=dtype)

    def along(self, directions: Directions) -> "TextToImage":
        """The same model, network and all, with these directions to move along instead of its own."""
        other = copy.copy(self)
        other.directions = directions
        return other

    def unrefined(self) -> "TextToImage":
        """The same model without its later stages, if it has any: pictures as small as its noise, sooner."""
        other = copy.copy(self)
        other.refiners = ()
        return other

    @property
    def domain(self) -> str:
        """The kind of pictures it draws, e.g. "products"."""
        return str(self.config.get("domain", "products"))

    @property
    def image_size(self) -> int:
        """Side of a picture, in pixels."""
        return self.refiners[-1].config.image_size if self.refiners else self.noise_size

    @property
    def noise_size(self) -> int:
        """Side of the noise a picture starts from; later stages make the picture larger."""
        return self.network.config.image_size

    def parse(self, prompt: str) -> ParsedTitle:
        """What the prompt says, as the model's own attribute values."""
        return self._parser.parse(prompt)

    def strangers(self, prompt: str) -> tuple[str, ...]:
        """The prompt's words that mean nothing to the model: neither recognised nor in any text it learned from.

        For a model that does not list the words it learned from, those that are not recognised.
        """
        said = self.parse(prompt)
        return said.unknown if self.vocabulary is None else strangers(prompt, said, self.vocabulary)

    def tidy(self, request: GenerateRequest) -> GenerateRequest:
        """The request as a saved picture remembers it: this model's name, attributes spelled as the model does.

        Raises InputError for an attribute, a value or a direction the model does not know.
        """
        attributes, blend = self.space.check(request.attributes), checked(request, self.space)
        moves = self.directions.check(request.moves)
        return replace(request, model=self.name, attributes=attributes, blend=blend, moves=moves)

    def resolve(self, request: GenerateRequest) -> dict[str, Value]:
        """Every attribute the picture is really asked for: the model's defaults, the prompt's, the request's own.

        Raises InputError for an attribute or a value the model does not know.
        """
        asked = self.space.check(request.attributes)
        return self.space.defaults() | left_standing(self.parse(request.prompt).attributes, asked) | asked

    def words(self, request: GenerateRequest) -> str:
        """The text the network reads: the prompt, with the request's own attributes put right or added."""
        said, asked = self.parse(request.prompt), self.space.check(request.attributes)
        return completed(settled(request.prompt, self.parse, asked), said, asked)

    def generate(self, request: GenerateRequest, on_step: Progress | None = None) -> list[Picture]:
        """The request's pictures in the order of their seeds.

        `on_step(done, total)` hears of every finished step; raise `Cancelled` in it to stop.
        Raises InputError for attributes the model does not know.
        """
        return self.generate_many([request], on_step)

    def generate_many(
        self, requests: Sequence[GenerateRequest], on_step: Progress | None = None, *, batch_size: int = 32
    ) -> list[Picture]:
        """The pictures of many requests, in their order; those with equal steps and guidance are drawn together."""
        if not requests:
            return []
        singles = [self.tidy(single) for request in requests for single in request.singles()]
        said = self.embed(singles)
        groups = _grouped([self.sampling_of(single) for single in singles])
        total = sum(self._steps(sampling, len(rows), batch_size) for sampling, rows in groups.items())
        drawn: dict[int, Picture] = {}
        done = 0
        for sampling, rows in groups.items():
            started = time.perf_counter()
            noise = torch.stack([self.noise(singles[row]) for row in rows])
            images = self.draw(said[rows], noise, sampling, _shifted(on_step, done, total), batch_size=batch_size)
            seconds = (time.perf_counter() - started) / len(rows)
            drawn |= {row: Picture(image, singles[row], seconds) for row, image in zip(rows, images, strict=True)}
            done += self._steps(sampling, len(rows), batch_size)
        return [drawn[row] for row in range(len(singles))]

    def sampling_of(self, request: GenerateRequest) -> Sampling:
        """The request's steps and guidance, the model's own where it names none."""
        own, steps, guidance = self.sampling, request.num_steps, request.guidance
        steps = own.num_steps if steps is None else steps
        return replace(own, num_steps=steps, guidance=own.guidance if guidance is None else guidance)

    @torch.inference_mode()
    def embed(self, requests: Sequence[GenerateRequest]) -> Tensor:
        """What each of at least one request asks for, as vectors that can be blended. [B, cond_dim]"""
        return torch.cat([self._said(request) for request in requests])  # one by one: see `_predictor`

    def _said(self, request: GenerateRequest) -> Tensor:
        """What one request asks for, [1, cond_dim]; a blended one asks for something between plain ones."""
        blended = torch.stack(
            [
                weight * self.network.condition.said(self._condition(self.words(plain), self.resolve(plain)))
                for plain, weight in corners(request)
            ]
        ).sum(0)
        return self.directions.move_condition(blended, request.moves)

    def _condition(self, words: str, attributes: Mapping[str, Value]) -> Condition:
        """One request as a batch of one."""
        encoded = self.space.encode(attributes)
        pieces = self.tokenizer.ids(words, self.network.config.max_pieces)
        parts = (pieces, encoded.choices, encoded.numbers, encoded.given)
        return Condition(*(torch.from_numpy(part)[None] for part in parts)).to(self.device)

    def noise(self, request: GenerateRequest) -> Tensor:
        """The latent a single picture starts from, [3, H, W]: it depends on the seeds and moves alone."""
        noise = seeded_noise(request.seed, self.noise_size)
        if request.variation > 0:
            noise = blend_noise(noise, seeded_noise(request.variation_seed, self.noise_size), request.variation)
        return self.directions.move_noise(noise, request.moves)

    def draw(
        self,
        said: Tensor,
        noise: Tensor,
        sampling: Sampling,
        on_step: Progress | None = None,
        *,
        batch_size: int = 32,
    ) -> list[Image.Image]:
        """Pictures of what `embed` gave, `batch_size` at a time. said: [B, cond_dim]; noise: [B, 3, H, W]."""
        images: list[Image.Image] = []
        total = self._steps(sampling, len(said), batch_size)
        for batch, start in enumerate(range(0, len(said), batch_size)):
            rows = slice(start, start + batch_size)
            hear = _shifted(on_step, self._steps(sampling, batch * batch_size, batch_size), total)
            images += self._draw_batch(said[rows], noise[rows], sampling, hear)
        return images

    @torch.inference_mode()
    def _draw_batch(
        self, said: Tensor, noise: Tensor, sampling: Sampling, on_step: Progress | None
    ) -> list[Image.Image]:
        """One batch in one turn. Who waits hears of no new step, and can be stopped all the same."""
        predict = self._predictor(said, sampling)
        start, steps, total = noise.to(self.device), sampling.num_steps, self._steps(sampling, 1, 1)
        on_wait = None if on_step is None else partial(on_step, 0, total)
        with get_turns().take(Work("draw", self.name, len(said)), on_wait):
            drawn = euler(predict, start, num_steps=steps, shift=sampling.shift, on_step=_shifted(on_step, 0, total))
            for stage, refiner in enumerate(self.refiners):
                done = steps + stage * REFINING_STEPS
                drawn = refine(refiner, drawn, _shifted(on_step, done, total))
            instant = self._one_step(sampling)
        return to_images(drawn, instant.white if instant else sampling.white)

    def _steps(self, sampling: Sampling, pictures: int, batch_size: int) -> int:
        """The steps that so many pictures take, later stages included."""
        each = sampling.num_steps + REFINING_STEPS * len(self.refiners)
        return each * -(-pictures // batch_size)

    @property
    def is_instant(self) -> bool:
        """Whether a request for one step is drawn by a network that was made for it."""
        return self.instant is not None

    def _one_step(self, sampling: Sampling) -> OneStep | None:
        return self.instant if sampling.num_steps == 1 else None

    def _predictor(self, said: Tensor, sampling: Sampling) -> Predict:
        """The guided network; for a single step the instant one, which has learned what guidance does.

        The time is embedded for one row at a time, because matrix products of other heights round differently, and
        what follows would turn that into visible differences between batches; convolutions do not.
        """
        instant = self._one_step(sampling)
        network, guidance = (instant.network, 1.0) if instant else (self.network, sampling.guidance)
        guided = guidance != 1
        nothing = self.network.condition.said(self._condition("", {})) if guided else None
        condition = self.network.condition

        def predict(x: Tensor, t: Tensor) -> Tensor:
            asked = torch.cat([condition.at(t[:1], one) for one in said.split(1)])
            if nothing is None:
                return self._denoise(network, x, asked)
            free = condition.at(t[:1], nothing).expand_as(asked)
            followed, unasked = self._denoise(network, torch.cat([x, x]), torch.cat([asked, free])).chunk(2)
            return guide(followed, unasked, guidance)

        return predict

    def _denoise(self, network: PatchFlow, x: Tensor, cond: Tensor) -> Tensor:
        return network.denoise(x.to(self.dtype), cond.to(self.dtype)).float()


def _grouped(samplings: Sequence[Sampling]) -> dict[Sampling, list[int]]:
    """Row numbers of the pictures that are drawn the same way."""
    groups: dict[Sampling, list[int]] = {}
    for row, sampling in enumerate(samplings):
        groups.setdefault(sampling, []).append(row)
    return groups


def _shifted(on_step: Progress | None, done: int, total: int) -> Progress | None:
    return None if on_step is None else lambda step, _: on_step(done + step, total)


def _device(wanted: str) -> str:
    """The device to draw on. Raises InputError for one that this machine lacks."""
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if here[name])
    if not here[wanted.partition(":")[0]]:
        raise InputError(f"T2I_DEVICE asks for {wanted}, which this machine does not have. Set it to auto.")
    return wanted


def _public_name(name: str, folder: ModelFolder) -> str:
    """What a saved picture remembers as its model: a path on this machine would mean nothing elsewhere."""
    return str(folder.config.get("name", folder.path.name)) if Path(name).is_dir() else name
