"""The check that joins all judges: one verdict a picture."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from t2i_core.abuse.files import NoPicture, file_signals, open_subject
from t2i_core.abuse.listing import listing_signals
from t2i_core.abuse.prefilter import may_hold_text
from t2i_core.abuse.profile import Profile, find_profile
from t2i_core.abuse.rules import RULES
from t2i_core.abuse.verdict import Finding, Judge, Signal, Subject, Verdict
from t2i_core.errors import T2IError
from t2i_core.images import FileFacts

QUICK: tuple[Judge, ...] = (listing_signals,)
PLACES = 3  # of one rule that a verdict names
NOTHING_THERE = frozenset({"file.blank", "file.placeholder"})


@dataclass(frozen=True)
class Looked:
    """A verdict, all that the judges said, and the picture it is about; None where the file holds no picture."""

    verdict: Verdict
    signals: Sequence[Signal] = ()
    subject: Subject | None = None


@dataclass(frozen=True)
class AbuseChecker:
    """Judges pictures by a profile.

    judges: asked about every picture that shows something
    readers: take long, and are asked only about pictures that may hold text
    out_of_order: judges that cannot work here, and why
    """

    profile: Profile = field(default_factory=Profile)
    judges: Sequence[Judge] = QUICK
    readers: Sequence[Judge] = ()
    out_of_order: tuple[str, ...] = ()

    @classmethod
    def from_pretrained(cls, profile: str | Profile = "general", *, read: bool = True) -> "AbuseChecker":
        """With every judge whose weights are here. read: whether to look for text, which takes most of the time.

        Raises InputError for a profile that is not known.
        """
        held = find_profile(profile) if isinstance(profile, str) else profile
        judges, readers, missing = _learned(read)
        return cls(held, (*QUICK, *judges), readers, missing)

    def held_to(self, profile: Profile) -> "AbuseChecker":
        """The same judges under another profile."""
        return replace(self, profile=profile)

    def check(self, source: Path | bytes, title: str = "") -> Verdict:
        """The verdict on a file, or on its bytes. Never raises for what the file holds."""
        return self.look(source, title).verdict

    def look(self, source: Path | bytes, title: str = "") -> Looked:
        """As `check`, with the opened picture."""
        try:
            subject = open_subject(source, title, self.profile)
        except NoPicture as nothing:
            return nothing_seen(nothing.signal, self.profile)
        signals = self._signals(subject)
        return Looked(verdict_of(signals, self.profile), signals, subject)

    def _signals(self, subject: Subject) -> list[Signal]:
        """A picture of nothing is not blamed for its background as well."""
        first = file_signals(subject)
        if any(one.rule in NOTHING_THERE and _counts(one, self.profile) for one in first):
            return list(first)
        signals = [*first, *(one for judge in self.judges for one in judge(subject))]
        if self.readers and may_hold_text(subject, _overlay(signals)):
            signals += [one for reader in self.readers for one in reader(subject)]
        return signals


def nothing_seen(signal: Signal, profile: Profile) -> Looked:
    """Where there was no picture to look at."""
    return Looked(verdict_of([signal], profile), [signal])


def verdict_of(signals: Sequence[Signal], profile: Profile) -> Verdict:
    """What the signals mean under a profile: the findings, the worst first, and the highest score of each rule."""
    scores: dict[str, float] = {}
    for one in signals:
        scores[one.rule] = max(scores.get(one.rule, 0.0), round(one.score, 4))
    findings = [RULES[one.rule].finding(one) for one in signals if _counts(one, profile)]
    findings.sort(key=lambda finding: (-finding.severity.rank, -finding.score))
    return Verdict(tuple(_first_of_each(findings)), scores)


def _first_of_each(findings: Sequence[Finding]) -> Iterator[Finding]:
    """A watermark breaks one rule in thirty places, and nobody reads on after the third."""
    told: Counter[str] = Counter()
    for finding in findings:
        told[finding.rule] += 1
        if told[finding.rule] <= PLACES:
            yield finding


def _counts(signal: Signal, profile: Profile) -> bool:
    over = signal.score > 0 and signal.score >= profile.threshold(signal.rule)
    return over and signal.rule not in profile.off


def _overlay(signals: Sequence[Signal]) -> float | None:
    """The learned detector's score; None where it is not among the judges."""
    return max((one.score for one in signals if one.rule == "overlay.learned"), default=None)


def _learned(read: bool) -> tuple[tuple[Judge, ...], tuple[Judge, ...], tuple[str, ...]]:
    """The judges that need weights: always asked, asked about text, and why others are not here."""
    found: dict[str, Judge] = {}
    missing = []
    for name, load in _LOADERS.items():
        if name in _READING and not read:
            continue
        try:
            judge = load()
            judge(_nothing())  # loads its weights now, and not within the first picture
        except (T2IError, ImportError) as problem:  # ImportError: OpenCV without libGL on a bare server
            missing.append(f"{name}: {problem}")
        else:
            found[name] = judge
    quick = tuple(judge for name, judge in found.items() if name not in _READING)
    return quick, tuple(judge for name, judge in found.items() if name in _READING), tuple(missing)


def _nothing() -> Subject:
    image = Image.new("RGB", (64, 64), "white")
    return Subject(image, FileFacts("PNG", "RGB", image.size), 0, "", Profile())


def _overlay_judge() -> Judge:
    from t2i_core.abuse.overlay import overlay_signals

    return overlay_signals


def _realism_judge() -> Judge:
    from t2i_core.abuse.realism import realism_signals

    return realism_signals


def _match_judge() -> Judge:
    from t2i_core.abuse.match import match_signals

    return match_signals


def _text_judge() -> Judge:
    from t2i_core.abuse.text import text_signals

    return text_signals


_LOADERS: dict[str, Callable[[], Judge]] = {
    "overlay": _overlay_judge,
    "realism": _realism_judge,
    "match": _match_judge,
    "text": _text_judge,
}
_READING = frozenset({"text"})
