import json
from pathlib import Path

import numpy as np
import pytest
import torch

from t2i_core.errors import InputError
from t2i_core.models.attngan import AttnDiscriminator, AttnGanConfig, AttnGenerator
from t2i_core.models.damsm import Damsm, DamsmConfig
from t2i_core.training.attngan import AttnGame, AttnGameConfig, Captioned, read, read_attngan_recipe
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.opponent import Opponent

WORDS = {"red": (3, 4, 0, 0), "blue": (5, 4, 0, 0)}
INK = {"red": (0.8, -0.8, -0.8), "blue": (-0.8, -0.8, 0.8)}
PACE = LoopConfig(
    steps=4,
    batch=16,
    lr=2e-3,
    betas=(0.0, 0.99),
    muon=0.0,
    weight_decay=0.0,
    warmup=0,
    decay=0.0,
    bf16=False,
    clip=10.0,
    log_every=2,
)
CONFIG = AttnGanConfig(
    words_dim=16, image_size=32, latent=8, cond_dim=32, widths=(32, 32, 32), critic=(16, 32, 32), looks=(8,)
)


def matcher() -> Damsm:
    torch.manual_seed(3)
    return Damsm(
        DamsmConfig(vocab_size=8, text_dim=48, depth=1, max_pieces=4, dim=16, hidden=16, image_size=32, dropout=0.0)
    ).eval()


def captioned(count: int = 64) -> Captioned:
    """Red and blue squares on white, each with its words."""
    random = np.random.default_rng(0)
    images = np.full((count, 3, 32, 32), 255, np.uint8)
    names = [("red", "blue")[number % 2] for number in range(count)]
    for image, name in zip(images, names, strict=True):
        ink = (np.array(INK[name]) * 127.5 + 127.5 + random.integers(-20, 20)).clip(0, 255)
        image[:, 8:24, 8:24] = ink[:, None, None]
    ids = np.array([[WORDS[name]] for name in names], np.int64)
    return Captioned(images, ids, np.array([[name == "blue"] for name in names], np.int64))


def game(**changes: object) -> AttnGame:
    eyes = matcher()
    torch.manual_seed(0)
    play = AttnGameConfig(**{"augment": ("move",), "r1": 0.05, "r1_every": 2, "damsm_rows": 4, **changes})  # type: ignore[arg-type]
    opponent = Opponent(AttnDiscriminator(CONFIG), pace=play.pace)
    return AttnGame(AttnGenerator(CONFIG), opponent, eyes, captioned(), play, batch=PACE.batch, seed=0)


def numbers(played: AttnGame) -> torch.Tensor:
    both = [*played.model.parameters(), *played.opponent.model.parameters()]
    return torch.cat([parameter.detach().flatten() for parameter in both])


def test_a_game_takes_steps_and_tells_what_health_reads(tmp_path: Path) -> None:
    played = game()
    before = [parameter.clone() for parameter in played.matcher.parameters()]
    train(played, PACE, tmp_path, opponent=played.opponent)
    line = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[-1])
    assert {"generator", "discriminator", "damsm", "diversity"} <= set(line)
    assert line["damsm"] > 0
    assert all(torch.equal(one, other) for one, other in zip(before, played.matcher.parameters(), strict=True))


def test_a_resumed_game_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    def play(run: Path, steps: int, resume: bool = False) -> AttnGame:
        played = game()
        loop = LoopConfig(**{**vars(PACE), "steps": steps})
        train(played, loop, run, resume=resume, opponent=played.opponent)
        return played

    play(tmp_path / "parts", 2)
    resumed, straight = play(tmp_path / "parts", 4, resume=True), play(tmp_path / "straight", 4)
    assert torch.allclose(numbers(resumed), numbers(straight), atol=1e-6)


def test_it_learns_to_draw_what_the_words_say(tmp_path: Path) -> None:
    played = game(augment=(), damsm=0.0, mirror=False, r1=1.0, r1_every=1)  # steep critics collapse on some processors
    model = train(played, LoopConfig(**{**vars(PACE), "steps": 120, "ema": 0.9}), tmp_path, opponent=played.opponent)
    ids = torch.tensor([WORDS["red"]] * 8 + [WORDS["blue"]] * 8)
    with torch.no_grad():
        made = model(torch.randn(16, 8, generator=torch.Generator().manual_seed(0)), read(played.matcher, ids))[-1]
    redder = (made[:, 0] - made[:, 2])[:, 12:20, 12:20].mean((1, 2))
    assert float(redder[:8].min()) > 0.3
    assert float(redder[8:].max()) < -0.3


def test_the_matcher_tells_the_generator_what_it_missed() -> None:
    played = game()
    made = torch.rand(4, 3, 32, 32, requires_grad=True)
    ids = torch.tensor([WORDS["red"], WORDS["blue"]] * 2)
    played._missed(made, ids, torch.tensor([[0], [1], [0], [1]])).backward()
    assert made.grad is not None
    assert made.grad.abs().sum() > 0


@pytest.mark.parametrize("name", ["birds-attngan", "birds-attngan-256", "anime-attngan"])
def test_the_shipped_recipes_fit_together(name: str) -> None:
    recipe = read_attngan_recipe(name)
    assert recipe.network.image_size == (256 if name.endswith("256") else 64)
    assert recipe.matcher == f"damsm-{recipe.domain.name}"


def test_a_recipe_that_does_not_fit_says_why() -> None:
    with pytest.raises(InputError, match="make 64 pixels"):
        read_attngan_recipe("birds-attngan", ["network.image_size=128"])
    with pytest.raises(InputError, match="AttnGAN"):
        read_attngan_recipe("birds")
