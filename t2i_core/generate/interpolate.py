"""A walk from one picture to another: between two prompts, two seeds, or both at once."""

import io
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from t2i_core.errors import InputError
from t2i_core.generate.picture import CHUNK, XMP
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.generate.sampler import Progress, blend_noise
from t2i_core.images import atomic_write, contact_sheet, png_bytes

MAX_FRAMES = 240


@dataclass(frozen=True)
class Walk:
    """The frames from `first` to `second`, both ends included."""

    frames: tuple[Image.Image, ...]
    first: GenerateRequest
    second: GenerateRequest

    def gif(self, *, seconds: float = 2.0, scale: int = 2) -> bytes:
        """An animation that goes there in `seconds`, comes back, and starts again."""
        size = self.frames[0].width * scale, self.frames[0].height * scale
        there = [frame.resize(size, Image.Resampling.LANCZOS) for frame in self.frames]
        loop = there + there[-2:0:-1]
        buffer = io.BytesIO()
        loop[0].save(
            buffer,
            "GIF",
            save_all=True,
            append_images=loop[1:],
            duration=max(20, round(1000 * seconds / len(there))),  # viewers slow down anything under 20 ms
            loop=0,
            comment=self.first.to_json().encode(),
        )
        return buffer.getvalue()

    def strip(self, *, columns: int | None = None, scale: int = 2) -> Image.Image:
        """The frames side by side, in rows of `columns` (all in one row without it)."""
        return contact_sheet(self.frames, columns or len(self.frames), scale=scale)

    def save(self, path: Path) -> tuple[Path, Path]:
        """Writes the GIF to `path` and the strip beside it as PNG; gives both paths.

        Raises OutputError where that is impossible, InputError for a path that is not a .gif.
        """
        check_gif_path(path)
        strip = path.with_suffix(".png")
        atomic_write(path, self.gif())
        atomic_write(strip, png_bytes(self.strip(), {CHUNK: self.first.to_json()}, XMP))
        return path, strip


def interpolate(
    pipe: TextToImage,
    first: GenerateRequest,
    second: GenerateRequest,
    frames: int = 16,
    on_step: Progress | None = None,
    *,
    batch_size: int = 32,
) -> Walk:
    """The pictures between two requests: what they ask for is blended, and so is their noise where the seeds differ.

    Steps and guidance are the first's. Raises InputError for fewer than 2 or more than 240 frames.
    """
    if not 2 <= frames <= MAX_FRAMES:
        raise InputError(f"frames must be a whole number from 2 to {MAX_FRAMES}; got {frames}.")
    shares = torch.linspace(0, 1, frames)
    start, end = pipe.embed([first.singles()[0], second.singles()[0]])  # each [cond_dim]
    said = torch.lerp(start, end, shares.to(start.device)[:, None])  # [frames, cond_dim]
    noises = pipe.noise(first), pipe.noise(second)
    noise = torch.stack([blend_noise(*noises, float(share)) for share in shares])
    images = pipe.draw(said, noise, pipe.sampling_of(first), on_step, batch_size=batch_size)
    return Walk(tuple(images), pipe.tidy(first), pipe.tidy(second))


def check_gif_path(path: Path) -> None:
    """Raises InputError unless the path ends in .gif."""
    if path.suffix.lower() != ".gif":
        raise InputError(f"The animation is a GIF: {path.name} should end in .gif.")
