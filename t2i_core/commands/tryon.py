"""What the commands do that look at people: pose, parts, and garments put on them."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.commands.shared import check_suffix, print_json, say
from t2i_core.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

    from t2i_core.data.parts import Parts
    from t2i_core.tryon.dress import Dressed
    from t2i_core.tryon.garment import Slot
    from t2i_core.tryon.person import Person

AddCommand = Callable[..., argparse.ArgumentParser]
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"}


def add(group: object, add_command: AddCommand) -> None:
    """The commands tryon, pose and parse with their options."""
    put = add_command(group, "tryon", tryon, "Put a garment on the person of a photo.")
    put.add_argument("person", type=Path, metavar="PERSON", help="a photo from the front, at least to the hips")
    put.add_argument("garment", type=Path, nargs="?", metavar="GARMENT", help="its picture: worn, or flat on a ground")
    put.add_argument("--slot", choices=["upper", "lower", "dress"], required=True, help="where it is worn")
    put.add_argument("--also", action="append", default=[], metavar="SLOT=PICTURE", help="a second garment with it")
    put.add_argument("--shelf", type=Path, metavar="DIR", help="put every garment of a folder on, one after the other")
    put.add_argument("--out", type=Path, required=True, metavar="PNG", help="the picture; with --shelf, a folder")
    put.add_argument(
        "--mask", type=Path, metavar="PNG", help="edit only what is white in this picture of the photo's shape"
    )
    put.add_argument("--mask-out", type=Path, metavar="PNG", help="write which pixels were edited")
    _which(put)
    put.add_argument("--json", action="store_true", help="print one JSON object: pose, mask, seconds, notes")
    seen = add_command(group, "pose", pose, "Find people's joints in photos. One JSON line a photo.")
    seen.add_argument("photos", type=Path, nargs="+", metavar="PHOTO")
    seen.add_argument("--out", type=Path, metavar="PNG", help="the first photo with its skeletons drawn in")
    parsed = add_command(group, "parse", parse, "Tell the parts of a person apart. Prints how much each covers.")
    parsed.add_argument("photo", type=Path, metavar="PHOTO")
    parsed.add_argument("--out", type=Path, metavar="PNG", help="the parts: a palette picture, 0 = background")
    _which(parsed)


def _which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", metavar="X,Y", help="a point on the person that is meant, where several are")


def tryon(arguments: argparse.Namespace) -> None:
    """Puts a garment, or every garment of a folder, on a person."""
    if (arguments.garment is None) == (arguments.shelf is None):
        raise InputError("Name one garment's picture, or a folder of them with --shelf.")
    if arguments.shelf:
        _dress_shelf(arguments)
        return
    from t2i_core.images import atomic_write, open_image, png_bytes
    from t2i_core.tryon.dress import Dresser

    check_suffix(arguments.out, ".png")
    garments = {arguments.slot: open_image(arguments.garment), **_also(arguments.also)}
    if arguments.mask_out:
        check_suffix(arguments.mask_out, ".png", "--mask-out")
    mask = open_image(arguments.mask) if arguments.mask else None
    dresser = Dresser.from_pretrained()
    done, person = dresser.dress(open_image(arguments.person), garments, at=point(arguments.at), mask=mask)
    atomic_write(arguments.out, png_bytes(done.image, {}))
    if arguments.mask_out:
        _write_mask(arguments.mask_out, done)
    if arguments.json:
        print_json({"out": str(arguments.out), **described(done, person)})
        return
    print(arguments.out)
    for note in done.notes:
        say(note)


def described(done: "Dressed", person: "Person") -> dict[str, object]:
    """A result as JSON takes it."""
    import numpy as np

    rows, columns = np.flatnonzero(done.mask.any(1)), np.flatnonzero(done.mask.any(0))
    box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1] if len(rows) else None
    return {
        "size": list(done.image.size),
        "pose": person.pose.described(),
        "parts": shares(person.parts),
        "mask": {"box": box, "share": round(float(done.mask.mean()), 4)},
        "seconds": dict(done.seconds),
        "notes": list(done.notes),
    }


def shares(parts: "Parts") -> dict[str, float]:
    """How much of a photo each part covers, by its name."""
    import numpy as np

    from t2i_core.data.parts import PARTS

    counts = np.bincount(parts.ravel(), minlength=len(PARTS)) / parts.size
    return {name: round(float(share), 4) for name, share in zip(PARTS, counts, strict=True)}


def _also(given: list[str]) -> "Mapping[Slot, Image.Image]":
    from t2i_core.images import open_image
    from t2i_core.tryon.garment import SLOTS

    found = {}
    for text in given:
        slot, _, path = text.partition("=")
        if slot not in SLOTS or not path:
            raise InputError(f"--also takes SLOT=PICTURE with upper, lower or dress; got “{text[:60]}”.")
        found[slot] = open_image(Path(path))
    return found


def point(text: str | None) -> tuple[float, float] | None:
    """“X,Y” as a point."""
    if text is None:
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as problem:
        raise InputError(f"--at takes two numbers, as 120,300; got “{text[:40]}”.") from problem
    return x, y


def _dress_shelf(arguments: argparse.Namespace) -> None:
    from t2i_core.errors import T2IError
    from t2i_core.images import atomic_write, open_image, png_bytes
    from t2i_core.tryon.dress import Dresser, put_on
    from t2i_core.tryon.person import require

    pictures = sorted(path for path in arguments.shelf.glob("*") if path.suffix.lower() in PICTURES)
    if not pictures:
        raise InputError(f"{arguments.shelf} holds no pictures.")
    dresser = Dresser.from_pretrained()
    person = dresser.see(open_image(arguments.person), point(arguments.at))
    require(person, arguments.slot)
    for path in pictures:
        out = arguments.out / f"{path.stem}.png"
        try:
            done = put_on(person, [dresser.cut(open_image(path), arguments.slot)])
        except T2IError as problem:
            print_json({"garment": str(path), "problem": str(problem)})
            continue
        atomic_write(out, png_bytes(done.image, {}))
        print_json({"garment": str(path), "out": str(out), "notes": list(done.notes)})


def _write_mask(path: Path, done: "Dressed") -> None:
    from PIL import Image

    from t2i_core.images import atomic_write, png_bytes

    atomic_write(path, png_bytes(Image.fromarray(done.mask), {}))


def pose(arguments: argparse.Namespace) -> None:
    """Prints a JSON line a photo: everybody's joints."""
    from t2i_core.images import atomic_write, open_image, png_bytes
    from t2i_core.tryon.overlays import with_skeleton
    from t2i_core.tryon.pose import pose_finder

    if arguments.out:
        check_suffix(arguments.out, ".png")
    finder = pose_finder()
    for index, path in enumerate(arguments.photos):
        photo = open_image(path)
        people = [one.pose for one in finder.find(photo)]
        print_json({"path": str(path), "people": [one.described() for one in people]})
        if arguments.out and index == 0:
            for one in people:
                photo = with_skeleton(photo, one)
            atomic_write(arguments.out, png_bytes(photo, {}))


def parse(arguments: argparse.Namespace) -> None:
    """Prints how much of a photo each part covers."""
    from t2i_core.images import open_image
    from t2i_core.tryon.dress import Dresser

    person = Dresser.from_pretrained().see(open_image(arguments.photo), point(arguments.at))
    if arguments.out:
        _write_parts(arguments.out, person)
    print_json({"path": str(arguments.photo), "parts": shares(person.parts)})


def _write_parts(path: Path, person: "Person") -> None:
    from PIL import Image

    from t2i_core.images import atomic_write, png_bytes
    from t2i_core.tryon.overlays import COLOURS

    check_suffix(path, ".png")
    picture = Image.fromarray(person.parts, "P")
    picture.putpalette([value for colour in COLOURS for value in colour])
    atomic_write(path, png_bytes(picture, {}))
