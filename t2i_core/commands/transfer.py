"""What `t2i transfer` does, and how pose transfer is judged."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from t2i_core.commands.shared import check_suffix, print_json, say, show_progress
from t2i_core.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from t2i_core.tryon.appearance import Appearance, Size
    from t2i_core.tryon.dress import Dresser
    from t2i_core.tryon.transfer import Borrowed

AddCommand = Callable[..., argparse.ArgumentParser]


def add(group: object, add_command: AddCommand) -> None:
    """The command transfer with its options."""
    parts = "head, skin, upper, lower, dress, outer, shoes"
    made = add_command(
        group, "transfer", transfer, "Draw the person of a photo in another pose, or in others' clothes."
    )
    made.add_argument("person", type=Path, metavar="PERSON", help="a photo from the front, better to the feet")
    made.add_argument("--pose", metavar="POSE", help="a photo whose pose to take, or “hands on hips” or the like")
    made.add_argument("--part", action="append", default=[], metavar="PART=PHOTO", help=f"borrow it: {parts}")
    made.add_argument("--share", action="append", default=[], metavar="PART=X", help="how much of it, 0 to 1 (1)")
    made.add_argument("--at", metavar="X,Y", help="a point on the person that is meant, where several are in the photo")
    made.add_argument("--model", default="transfer", metavar="MODEL", help="name, folder, or owner/name (transfer)")
    made.add_argument("--enlarge", type=int, default=1, metavar="N", help="write it N times as large (1)")
    made.add_argument("--out", type=Path, required=True, metavar="PNG", help="the picture")
    made.add_argument("--json", action="store_true", help="print one JSON object: size, pose, shares, notes")


def transfer(arguments: argparse.Namespace) -> None:
    """Draws somebody in another pose."""
    from t2i_core.commands.tryon import point
    from t2i_core.generate.picture import XMP
    from t2i_core.images import atomic_write, png_bytes
    from t2i_core.tryon.dress import Dresser
    from t2i_core.tryon.transfer import Transfer, TransferRequest, enlarged, notes, shares_of

    check_suffix(arguments.out, ".png")
    if not 1 <= arguments.enlarge <= 16:
        raise InputError(f"--enlarge takes 1 to 16; got {arguments.enlarge}.")
    borrowed = _borrowed(arguments.part, arguments.share)
    drawer, dresser = Transfer.from_pretrained(arguments.model), Dresser.from_pretrained()
    person = _seen(arguments.person, dresser, drawer.size, point(arguments.at))
    pose = person if arguments.pose is None else _posed(arguments.pose, dresser, drawer.size)
    request = TransferRequest(person, pose.joints, _looks(borrowed, dresser, drawer.size))
    image = enlarged(drawer.draw(request), arguments.enlarge)
    atomic_write(arguments.out, png_bytes(image, {}, XMP))
    found = notes(request)
    if arguments.json:
        told = {"out": str(arguments.out), "size": list(image.size), "pose": arguments.pose, "notes": found}
        print_json({**told, "shares": shares_of(request).round(3).tolist()})
        return
    print(arguments.out)
    for note in found:
        say(note)


def judge_transfer(arguments: argparse.Namespace, folder: Path, data: Sequence[Path]) -> "DataclassInstance":
    """The report on a folder of pose transfer; with --card, into its card too."""
    from t2i_core.models.layers import count_parameters
    from t2i_core.settings import get_settings
    from t2i_core.training.transfer_card import write_transfer_card
    from t2i_core.training.transfer_report import evaluate_transfer
    from t2i_core.training.transfer_sheet import drawn_sheet
    from t2i_core.tryon.dress import Dresser
    from t2i_core.tryon.parsing import Parser
    from t2i_core.tryon.transfer import Transfer
    from t2i_core.weights import read_config

    drawer = Transfer.from_pretrained(str(folder))
    report = evaluate_transfer(
        drawer.network,
        str(read_config(folder).get("data", "people")),
        Parser.from_pretrained(),
        data,
        cache=get_settings().cache,
        count=arguments.count,
        seed=arguments.seed,
        on_step=show_progress("batch"),
    )
    if arguments.card:
        sheet = drawn_sheet(drawer, Dresser.from_pretrained())
        write_transfer_card(folder, count_parameters(drawer.network) / 1e6, report, sheet)
    return report


def _seen(path: Path, dresser: "Dresser", size: "Size", at: tuple[float, float] | None = None) -> "Appearance":
    from t2i_core.images import open_image
    from t2i_core.tryon.appearance import of_person

    return of_person(dresser.see(open_image(path), at), size)


def _posed(name: str, dresser: "Dresser", size: "Size") -> "Appearance":
    from t2i_core.tryon.appearance import of_person
    from t2i_core.tryon.stances import STANCES, stance

    if name in STANCES:
        return of_person(stance(name), size)
    if not Path(name).exists():
        raise InputError(f"There is no photo {name[:60]}, and no stance of that name: {', '.join(STANCES)}.")
    return _seen(Path(name), dresser, size)


def _borrowed(parts: Sequence[str], shares: Sequence[str]) -> dict[Path, dict[str, float]]:
    """By photo, how much of which parts is taken from it."""
    amounts = {name: _share(name, value) for name, value in map(_named, shares)}
    found: dict[Path, dict[str, float]] = {}
    taken: set[str] = set()
    for name, path in map(_named, parts):
        if name in taken:
            raise InputError(f"--part {name} was given twice.")
        taken.add(name)
        found.setdefault(Path(path), {})[name] = amounts.get(name, 1.0)
    if strangers := sorted(set(amounts) - taken):
        raise InputError(f"--share {strangers[0]} needs --part {strangers[0]}=PHOTO.")
    return found


def _named(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or not value:
        raise InputError(f"--part and --share take PART=…, as upper=shirt.jpg; got “{text[:60]}”.")
    return name.strip(), value.strip()


def _share(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as problem:
        raise InputError(f"--share {name} takes a number from 0 to 1; got “{text[:40]}”.") from problem


def _looks(borrowed: dict[Path, dict[str, float]], dresser: "Dresser", size: "Size") -> "tuple[Borrowed, ...]":
    from t2i_core.tryon.transfer import Borrowed

    return tuple(Borrowed(_seen(path, dresser, size), shares) for path, shares in borrowed.items())
