"""Model folders that are small, untrained and valid: what tests use where a trained model is not the point."""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save

from t2i_core.generate.instant import FILE, KEY
from t2i_core.generate.loading import load_model
from t2i_core.models.dcgan import DcganConfig, DcganGenerator
from t2i_core.models.instant import Instant
from t2i_core.models.patchflow import PatchFlow, PatchFlowConfig
from t2i_core.text.attributes import AttributeSpace, Choice, Number, Tone
from t2i_core.text.doc2vec import Doc2VecOptions, index_titles, train_doc2vec
from t2i_core.text.tokenizer import train_tokenizer
from t2i_core.weights import amend_folder, read_folder, write_folder

BRANDS = ("Nike", "Puma", "Titan", "Levis", "United Colors of Benetton")
TITLES = (
    "Nike Men Red Running Shoes",
    "Puma Women White Casual Shoes",
    "Titan Men Black Dial Watch",
    "Titan Women Gold Watch",
    "Levis Men Navy Blue Jeans",
    "Levis Women Blue Skinny Fit Jeans",
    "United Colors of Benetton Women Green Printed T-shirt",
    "Nike Boys Blue Football Tshirt",
    "Puma Unisex Black Backpack",
    "Puma Girls Red Handbag",
    "Levis Men White Formal Shirt",
    "Nike Women Navy Blue Sports Shoes",
)
SPACE = AttributeSpace(
    (
        Choice("category", ("Sports Shoes", "Casual Shoes", "Tshirts", "Shirts", "Jeans", "Watches", "Handbags")),
        Choice("colour", ("Red", "Blue", "Navy Blue", "Green", "Black", "White")),
        Choice("gender", ("Men", "Women", "Boys", "Girls", "Unisex")),
        Choice("season", ("Fall", "Summer", "Winter", "Spring")),
        Choice("usage", ("Casual", "Sports", "Formal", "Ethnic")),
        Tone("tone", mean=(50.0, 4.0, 3.0), scale=(25.0, 15.0, 15.0)),
        Number("lightness", 0.0, 100.0, mean=50.0, scale=20.0),
        Number("aspect", -3.0, 3.0, mean=0.0, scale=0.8),
        Number("fill", 0.5, 1.0, mean=0.9, scale=0.1, default=0.92),
    )
)


def tiny_model(folder: Path, seed: int = 0, space: AttributeSpace = SPACE, words: Sequence[str] | None = None) -> Path:
    """Writes a random patchflow of 32x32 pictures into `folder`, which need not exist, and returns it.

    Its pictures show nothing, but words, attributes, seed and guidance all change them. words: what it says it has read
    """
    tokenizer = train_tokenizer(TITLES, vocab_size=120)
    config = PatchFlowConfig(
        choices=tuple(len(choice.values) for choice in space.choices),
        numbers=space.width,
        vocab_size=tokenizer.vocab_size,
        image_size=32,
        widths=(16, 32),
        depth=1,
        cond_dim=32,
        text_dim=64,
        max_pieces=24,
    )
    described = {
        "model": "patchflow",
        "name": folder.name,
        "network": vars(config),
        "attributes": space.to_json(),
        "brands": list(BRANDS),
        "sampling": {"num_steps": 4, "guidance": 2.0},
        "trained": {"images_seen": 0},
    } | ({} if words is None else {"words": list(words)})
    tensors = {name: tensor.half() for name, tensor in _scrambled(config, seed).state_dict().items()}
    card = f"# {folder.name}\n\nRandom weights for tests.\n".encode()
    write_folder(folder, described, tensors, {"tokenizer.model": tokenizer.model, "README.md": card})
    return folder


def tiny_instant(folder: Path) -> Path:
    """Gives the tiny model in `folder` a random instant generator, and returns the folder."""
    network = load_model(read_folder(folder)).network
    with torch.random.fork_rng():
        torch.manual_seed(1)
        correction = {name: torch.randn_like(each) * 0.05 for name, each in Instant(network, 2).correction().items()}
    amend_folder(folder, folder, {KEY: {"rank": 2}}, {FILE: save(correction)})
    return folder


def tiny_titles(folder: Path) -> Path:
    """Writes a titles model that knows TITLES alone into `folder` and returns it."""
    options = Doc2VecOptions(dim=8, epochs=2, min_count=1)
    tokenizer = train_tokenizer(TITLES, vocab_size=120)
    answers = train_doc2vec(TITLES, tokenizer, options)
    model = index_titles({title: title for title in TITLES}, tokenizer, answers, options, SPACE)
    model.save(folder, {}, "# titles")
    return folder


def tiny_codes(folder: Path) -> Path:
    """Writes a random InfoGAN of 32x32 pictures, with three kinds and two sliders, into `folder` and returns it."""
    config = DcganConfig(image_size=32, latent=8, widths=(16, 16, 16), categories=3, continuous=2)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = DcganGenerator(config)
    described = {"model": "dcgan", "name": folder.name, "domain": "shoes", "network": vars(config)}
    described["meanings"] = ["from darker to lighter (correlation with lightness 0.61)", "changes details"]
    tensors = {name: tensor.half() for name, tensor in network.state_dict().items()}
    write_folder(folder, described, tensors, {"README.md": f"# {folder.name}\n".encode()})
    return folder


def _scrambled(config: PatchFlowConfig, seed: int) -> PatchFlow:
    """A new network whose zero-initialised layers are random too: a fresh one would ignore what it is asked for."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = PatchFlow(config)
        for parameter in network.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
    return network
