"""What is judged, what a judge says of it, and the verdict that comes of all judges together."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.errors import DataError
from t2i_core.images import FileFacts

if TYPE_CHECKING:
    from t2i_core.abuse.profile import Profile

JUDGED_SIDE = 1024  # pixels; what a person sees at a glance is still there, and no picture takes longer than another


class Severity(StrEnum):
    """note: worth knowing; warning: likely refused; error: certainly refused."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for a note, 2 for an error: verdicts are sorted by it."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Box:
    """A part of the judged picture, in its pixels; right and bottom lie outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Signal:
    """What a judge saw, before any threshold. score: 0..1, how sure or how bad; detail: what exactly, in few words."""

    rule: str
    score: float
    box: Box | None = None
    detail: str = ""


@dataclass(frozen=True)
class Finding:
    """A signal that passed its rule's threshold. message: a sentence for the seller."""

    rule: str
    severity: Severity
    score: float
    box: Box | None
    message: str


@dataclass(frozen=True)
class Verdict:
    """All findings of one picture, the worst first, and every rule's score, also where it is below its threshold."""

    findings: tuple[Finding, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """No finding but notes."""
        return self.severity in (None, Severity.NOTE)

    @property
    def severity(self) -> Severity | None:
        """The worst of the findings; None without any."""
        return max((finding.severity for finding in self.findings), key=lambda one: one.rank, default=None)

    def to_dict(self) -> dict[str, object]:
        return {"ok": self.ok, "findings": [asdict(finding) for finding in self.findings], "scores": dict(self.scores)}

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> "Verdict":
        """Raises DataError for anything that `to_json` did not write."""
        try:
            stored = json.loads(text)
            findings = tuple(_finding(one) for one in stored["findings"])
            return cls(findings, {str(rule): float(score) for rule, score in stored["scores"].items()})
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise DataError(f"This is no verdict of the abuse check: {text[:60]}") from problem


def _finding(stored: Mapping[str, Any]) -> Finding:
    box = Box(**stored["box"]) if stored["box"] else None
    return Finding(
        str(stored["rule"]), Severity(stored["severity"]), float(stored["score"]), box, str(stored["message"])
    )


@dataclass(frozen=True)
class Subject:
    """One picture to judge: upright RGB, its file and the bytes that takes, its title, and the rules it is held to."""

    image: Image.Image
    facts: FileFacts
    file_size: int
    title: str
    profile: "Profile"

    @cached_property
    def reduced(self) -> Image.Image:
        """The picture with its longest side at most JUDGED_SIDE."""
        if self.scale == 1:
            return self.image
        size = (max(1, round(self.image.width / self.scale)), max(1, round(self.image.height / self.scale)))
        return self.image.resize(size, Image.Resampling.BOX, reducing_gap=2)

    @property
    def scale(self) -> float:
        """Pixels of `image` in one of `reduced`; at least 1."""
        return max(1.0, max(self.image.size) / JUDGED_SIDE)

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """`reduced` as an array, [H, W, 3]."""
        return np.asarray(self.reduced)

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A box found in `reduced`, in pixels of `image`."""
        scale, (width, height) = self.scale, self.image.size
        return Box(
            max(0, round(left * scale)),
            max(0, round(top * scale)),
            min(width, round(right * scale)),
            min(height, round(bottom * scale)),
        )


class Judge(Protocol):
    """Looks at one picture for one kind of thing. Gives a signal for each rule it judged, also where nothing is wrong,
    and several for a rule that is broken in several places."""

    def __call__(self, subject: Subject, /) -> Sequence[Signal]: ...
