import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from t2i_core.models.projected import Projected, new_critic
from t2i_core.models.tacgan import Generator, TacGanConfig
from t2i_core.training.game import Game, GameConfig, Shown, draw, named_loss, seeded_latents
from t2i_core.training.loop import LoopConfig, train
from t2i_core.training.opponent import Opponent
from t2i_core.training.tacgan import settle

TEXTS = {"red": (1.0, 0.0), "blue": (0.0, 1.0)}
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
)


def config(eye: str = "own") -> TacGanConfig:
    return TacGanConfig(
        classes=2,
        text_dim=2,
        image_size=32,
        latent=8,
        cond_dim=32,
        widths=(32, 32, 16),
        critic=(16, 32, 32),
        eye=eye,
        hidden=16,
    )


def shown(count: int = 64) -> Shown:
    """Red and blue squares on white, each with its word."""
    random = np.random.default_rng(0)
    images = np.full((count, 3, 32, 32), 255, np.uint8)
    names = [("red", "blue")[number % 2] for number in range(count)]
    for image, name in zip(images, names, strict=True):
        ink = (np.array(INK[name]) * 127.5 + 127.5 + random.integers(-20, 20)).clip(0, 255)
        image[:, 8:24, 8:24] = ink[:, None, None]
    texts = np.array([[TEXTS[name]] for name in names], np.float32)
    return Shown(images, texts, np.array([[1 + (name == "blue")] for name in names]))


def game(play: GameConfig | None = None, eye: str = "own") -> Game:
    torch.manual_seed(0)
    generator, critic = Generator(config(eye)), new_critic(config(eye))
    if isinstance(critic, Projected):
        settle(critic, shown())
    play = play or GameConfig(augment=("move",))
    opponent = Opponent(critic, pace=play.pace)
    prompts = torch.tensor([TEXTS["red"], TEXTS["blue"]] * 4)
    return Game(generator, opponent, shown(), play, batch=PACE.batch, seed=0, prompts=prompts)


def run(played: Game, folder: Path, **changes: object) -> Game:
    resume = bool(changes.pop("resume", False))
    train(
        played,
        LoopConfig(**{**vars(PACE), **changes}),
        folder,
        resume=resume,
        opponent=played.opponent,
    )
    return played


def all_numbers(played: Game) -> Tensor:
    both = [*played.model.parameters(), *played.critic.parameters()]
    return torch.cat([parameter.detach().flatten() for parameter in both])


@pytest.mark.parametrize("eye", ["own", "lite0"])
@pytest.mark.parametrize("loss", ["bce", "lsgan"])
def test_every_kind_of_game_takes_steps_and_tells_what_health_reads(tmp_path: Path, eye: str, loss: str) -> None:
    run(game(GameConfig(loss=loss, r1=1.0, r1_every=2, smooth=True, mirror=True), eye), tmp_path, log_every=2)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert {"generator", "discriminator", "diversity", "classes", "score_made"} <= set(lines[-1])
    assert all(np.isfinite(value) for value in lines[-1].values())
    assert (tmp_path / "sheets" / "step-0000004.png").is_file()


def test_the_same_seed_plays_the_same_game(tmp_path: Path) -> None:
    one, other = run(game(), tmp_path / "a"), run(game(), tmp_path / "b")
    assert torch.equal(all_numbers(one), all_numbers(other))


def test_a_resumed_game_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    run(game(), tmp_path / "parts", steps=2)
    resumed = run(game(), tmp_path / "parts", steps=5, resume=True)
    straight = run(game(), tmp_path / "straight", steps=5)
    assert torch.allclose(all_numbers(resumed), all_numbers(straight), atol=1e-6)


def test_it_learns_to_draw_what_the_word_says(tmp_path: Path) -> None:
    played = run(game(GameConfig(loss="lsgan", augment=(), r1=0.1)), tmp_path, steps=100)
    texts = torch.tensor([TEXTS["red"]] * 8 + [TEXTS["blue"]] * 8)
    middles = np.stack([np.asarray(image)[12:20, 12:20].mean((0, 1)) for image in draw(played.model, texts, range(16))])
    redder = middles[:, 0] - middles[:, 2]
    assert redder[:8].min() > 40
    assert redder[8:].max() < -40


def test_a_picture_depends_on_its_text_and_seed_and_not_on_its_batch() -> None:
    model, texts = game().model.eval(), torch.tensor([TEXTS["red"], TEXTS["blue"]] * 3)
    together, alone = draw(model, texts, range(6)), draw(model, texts[3:4], [3])
    assert np.abs(np.asarray(together[3], int) - np.asarray(alone[0], int)).max() <= 1


def test_latents_depend_on_their_seeds_alone() -> None:
    assert torch.equal(seeded_latents([4, 7], 5)[1], seeded_latents([7], 5)[0])


def test_pictures_of_an_unknown_class_do_not_count() -> None:
    played, classes = game(), torch.tensor([0, 2])
    opinion = played.critic(torch.rand(2, 3, 32, 32))
    expected = torch.nn.functional.cross_entropy(opinion.classes[1:], torch.tensor([1]))
    assert float(named_loss(opinion, classes).detach()) == pytest.approx(float(expected.detach()))
    assert float(named_loss(opinion, torch.zeros(2, dtype=torch.long)).detach()) == 0
