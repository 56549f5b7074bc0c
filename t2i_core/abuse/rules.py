"""Every rule: its name, how bad it is to break it, from which score on it is broken, and what to tell the seller."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from t2i_core.abuse.verdict import Finding, Severity, Signal

_INITIALS = frozenset({"url", "qr", "jpeg", "cmyk"})
NOTE, WARNING, ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR
GROUPS = ("file", "text", "code", "overlay", "realism", "match", "listing", "duplicate", "check")


@dataclass(frozen=True)
class Rule:
    """One rule. threshold: scores (0..1) from it on are findings; message: a sentence for the seller."""

    id: str
    severity: Severity
    threshold: float
    message: str

    @property
    def group(self) -> str:
        """The part of the check that judges it."""
        return self.id.partition(".")[0]

    @property
    def hard(self) -> bool:
        """Whether it is kept or broken and nothing between: there is no threshold to move."""
        return self.group in ("duplicate", "check") or self.id in _HARD

    @property
    def label(self) -> str:
        """What a chart calls it."""
        name = self.id.partition(".")[2]
        return name.upper() if name in _INITIALS else name.replace("_", " ").capitalize()

    def finding(self, signal: Signal) -> Finding:
        """The signal as the seller reads it."""
        said = f"{self.message} ({signal.detail})" if signal.detail else self.message
        return Finding(self.id, self.severity, round(signal.score, 4), signal.box, said)


_ALL = (
    Rule("file.missing", ERROR, 0.5, "There is no picture. Add one."),
    Rule("file.empty", ERROR, 0.5, "The picture's file is empty. Upload it again."),
    Rule("file.unreadable", ERROR, 0.5, "The file is not a picture that can be opened. Upload a JPEG or PNG."),
    Rule("file.truncated", ERROR, 0.5, "The picture is cut off or damaged. Upload it again."),
    Rule("file.too_large", ERROR, 0.5, "The picture has more pixels or bytes than can be opened. Make it smaller."),
    Rule("file.blank", ERROR, 0.5, "The picture shows a single colour. Show the product."),
    Rule("file.placeholder", ERROR, 0.7, "This is a stand-in for a missing picture. Show the product."),
    Rule("text.promo", ERROR, 0.5, "The picture carries advertising words. Put them into the description."),
    Rule("text.price", ERROR, 0.5, "The picture carries a price. Put it into the offer's price field."),
    Rule("text.discount", ERROR, 0.5, "The picture carries a discount. Put it into the offer's sale price."),
    Rule("text.url", ERROR, 0.5, "The picture carries a web address. Remove it."),
    Rule("text.phone", ERROR, 0.5, "The picture carries a phone number. Remove it."),
    Rule("text.handle", ERROR, 0.5, "The picture carries an account name or a messenger contact. Remove it."),
    Rule("text.off_product", WARNING, 0.5, "Text was laid beside or over the product. Show the product alone."),
    Rule("code.qr", ERROR, 0.5, "The picture carries a QR code. Remove it."),
    Rule("code.barcode", WARNING, 0.5, "The picture carries a barcode. Show the product's front instead."),
    Rule("overlay.learned", WARNING, 0.5, "Something was laid over the photo: text, a badge or a logo. Remove it."),
    Rule("realism.not_a_product_photo", NOTE, 0.6, "This does not look like a real photo of a product. Look at it."),
    Rule("match.category", ERROR, 0.8, "The picture does not seem to show what the title says."),
    Rule("match.colour", WARNING, 0.9, "The product's colour does not seem to be the title's."),
    Rule("match.unknown", NOTE, 0.5, "Whether the picture fits the title could not be judged: this kind is not known."),
    Rule("listing.size", ERROR, 0.5, "The picture is too small. Upload a larger original."),
    Rule("listing.size_soon", NOTE, 0.5, "The picture will be too small when a published rule takes effect."),
    Rule("listing.zoom", NOTE, 0.5, "The picture is too small to be zoomed into."),
    Rule("listing.too_many_pixels", ERROR, 0.5, "The picture has more pixels than the marketplace takes."),
    Rule("listing.too_many_bytes", ERROR, 0.5, "The picture's file is larger than the marketplace takes."),
    Rule("listing.format", ERROR, 0.5, "The marketplace does not take files of this format."),
    Rule("listing.animated", ERROR, 0.5, "The picture moves. Upload a still one."),
    Rule("listing.rotated", NOTE, 0.5, "Some shops will show the picture on its side. Save it upright."),
    Rule("listing.cmyk", NOTE, 0.5, "The picture has printing colours, which screens show differently. Save as RGB."),
    Rule("listing.background", ERROR, 0.4, "The background is not white. Use a pure white one."),
    Rule("listing.near_white", WARNING, 0.5, "The background is nearly white. Make it pure white, 255, 255, 255."),
    Rule("listing.fill", WARNING, 0.5, "The product takes too little of the picture. Crop closer."),
    Rule("listing.blur", WARNING, 0.5, "The picture is blurred. Take a sharp one."),
    Rule("listing.upscaled", WARNING, 0.5, "A small picture was enlarged. Upload the original."),
    Rule("listing.jpeg", WARNING, 0.5, "The picture was compressed until its blocks show. Save it with more quality."),
    Rule("listing.border", WARNING, 0.6, "A border runs around the picture. Crop it away."),
    Rule("listing.collage", WARNING, 0.6, "Several pictures were put together. Show one picture of the product."),
    Rule("listing.inset", WARNING, 0.5, "A badge or a small picture stands beside the product. Remove it."),
    Rule("listing.watermark", WARNING, 0.7, "A faint mark is repeated across the picture. Remove the watermark."),
    Rule("duplicate.other_title", WARNING, 0.9, "The same picture stands under another title."),
    Rule("duplicate.same_title", NOTE, 0.9, "The same picture is in the catalogue more than once."),
    Rule("check.failed", WARNING, 0.5, "The check itself failed on this picture. Look at it yourself."),
)  # fmt: skip

_HARD = frozenset(
    {"match.unknown"}
    | {f"file.{name}" for name in ("missing", "empty", "unreadable", "too_large")}
    | {f"listing.{name}" for name in ("size", "size_soon", "zoom", "too_many_pixels", "too_many_bytes")}
    | {f"listing.{name}" for name in ("format", "animated", "rotated", "cmyk")}
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in _ALL})
