"""A generated picture and the request that made it, kept together in one PNG file."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from t2i_core.errors import ImageError, InputError
from t2i_core.generate.request import GenerateRequest
from t2i_core.images import atomic_write, png_bytes, read_image

CHUNK = "t2i"

# How marketplaces and search engines ask for generated pictures to be marked: IPTC Photo Metadata Standard,
# Digital Source Type. https://www.iptc.org/std/photometadata/specification/
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    Iptc4xmpExt:DigitalSourceType="{GENERATED}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@dataclass(frozen=True)
class Picture:
    """An RGB picture, the request for this one picture (count 1, its own seed), and the seconds it took."""

    image: Image.Image
    request: GenerateRequest
    seconds: float = 0.0

    def png(self) -> bytes:
        """The PNG file: the request as JSON in the text chunk `t2i`, marked as generated in its XMP."""
        return marked_png(self.image, self.request.to_json())

    def save(self, path: Path) -> Path:
        """Writes the PNG file whole or not at all and gives its path. Raises OutputError where that is impossible."""
        atomic_write(path, self.png())
        return path

    @classmethod
    def open(cls, source: Path | bytes | BinaryIO) -> "Picture":
        """Reads a saved picture back. Raises ImageError for anything else, above all for a PNG without settings."""
        opened = read_image(source)
        stored = opened.text.get(CHUNK)
        if stored is None:
            raise ImageError(
                "This picture carries no settings: it was not made here, or another program removed them. "
                "Choose the PNG file as it was downloaded from the studio."
            )
        try:
            return cls(opened.image, GenerateRequest.from_json(stored))
        except InputError as problem:
            raise ImageError(f"The settings inside this picture cannot be used. {problem}") from problem


def marked_png(image: Image.Image, settings: str) -> bytes:
    """The PNG file of a generated picture: its settings in the text chunk `t2i`, marked as generated in its XMP."""
    return png_bytes(image, {CHUNK: settings}, XMP)
