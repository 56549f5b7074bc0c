from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from t2i_core.data.domain import WORDINGS
from t2i_core.data.domains import DOMAINS
from t2i_core.data.training_set import load_examples, space_of
from t2i_core.models.conditioning import Condition
from t2i_core.models.damsm import Damsm, DamsmConfig
from t2i_core.models.patchflow import PatchFlow, PatchFlowConfig
from t2i_core.text.tokenizer import Tokenizer, train_tokenizer
from t2i_core.training.flow import (
    Arrays,
    FlowConfig,
    FlowTask,
    ReadTexts,
    arrays_of,
    conditions_of,
    sample,
    set_apart,
    velocity_loss,
)
from tests.training.made_up import write_catalogue
from tests.training.shared_run import made_up_arrays

USUAL = FlowConfig()

PRODUCTS = DOMAINS["products"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(["red shirt for men", "blue watch for men", "nike men red tshirts"] * 5, 60)


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Arrays:
    folder = tmp_path_factory.mktemp("data")
    examples = load_examples(PRODUCTS, [write_catalogue(folder / "p.parquet")], held_out=False, size=32, cache=folder)
    return arrays_of(examples, space_of(examples), reader(tokenizer))


@pytest.fixture
def net(arrays: Arrays) -> PatchFlow:
    choices = tuple(int(n) for n in arrays.choices.max(0))
    return PatchFlow(
        PatchFlowConfig(
            choices=choices, numbers=arrays.numbers.shape[1], vocab_size=60, image_size=32, widths=(32,), text_dim=48
        )
    )


def reader(tokenizer: Tokenizer) -> ReadTexts:
    return lambda texts: np.stack([tokenizer.ids(text, 8) for text in texts])


def task(net: PatchFlow, arrays: Arrays, config: FlowConfig = USUAL, batch: int = 16) -> FlowTask:
    parts = (arrays.texts[:, 0], arrays.choices, arrays.numbers, arrays.given)
    prompts = Condition(*(torch.from_numpy(part[:4]) for part in parts))
    return FlowTask(net, arrays, config, batch=batch, seed=0, prompts=prompts)


def test_arrays_hold_every_wording_and_attribute_of_every_product(arrays: Arrays) -> None:
    assert arrays.texts.shape == (len(arrays), WORDINGS, 8)
    assert arrays.choices.shape == (len(arrays), 5)
    assert arrays.numbers.shape == arrays.given.shape == (len(arrays), 6)


def test_a_steps_loss_depends_on_seed_and_step_alone(net: PatchFlow, arrays: Arrays) -> None:
    first, second = task(net, arrays), task(net, arrays)
    first.loss(net, 0, 0, 1)  # what was drawn before does not matter
    assert float(first.loss(net, 5, 0, 1)["loss"]) == float(second.loss(net, 5, 0, 1)["loss"])
    assert float(first.loss(net, 5, 0, 1)["loss"]) != float(first.loss(net, 6, 0, 1)["loss"])


def test_two_processes_share_a_batch_without_overlap(net: PatchFlow, arrays: Arrays) -> None:
    work = task(net, arrays)
    whole = work.rows(3)
    assert sorted([*whole[0::2], *whole[1::2]]) == sorted(whole)
    assert len(set(whole.tolist())) == 16


def test_an_epoch_shows_every_example_at_most_once(net: PatchFlow, arrays: Arrays) -> None:
    work = task(net, arrays)
    steps = len(arrays) // 16
    seen = np.concatenate([work.rows(step) for step in range(steps)])
    assert len(set(seen.tolist())) == steps * 16
    assert not np.array_equal(work.rows(0), work.rows(steps))


def test_fewer_examples_than_a_batch_are_drawn_with_repetition(net: PatchFlow, arrays: Arrays) -> None:
    assert len(task(net, arrays, batch=1000).rows(0)) == 1000


def test_dropping_everything_asks_for_nothing(net: PatchFlow, arrays: Arrays) -> None:
    asked = task(net, arrays, FlowConfig(drop_all=1.0)).condition(np.arange(50), torch.Generator().manual_seed(0))
    assert not asked.text.any()
    assert not asked.choices.any()
    assert not asked.given.any()


def test_a_tone_is_given_whole_or_not_and_every_part_is_sometimes_missing(net: PatchFlow, arrays: Arrays) -> None:
    rows = np.arange(100).repeat(4)
    asked = task(net, arrays).condition(rows, torch.Generator().manual_seed(0))
    tones = asked.given[:, :3]
    assert torch.equal(tones.amin(1), tones.amax(1))
    shares = asked.given[:, 2:].mean(0)
    assert ((shares > 0.2) & (shares < 0.95)).all()
    assert shares[-1] == shares.max()  # fill is the one that is nearly always said


def test_the_feature_loss_is_told_apart_from_the_flow_loss(net: PatchFlow, arrays: Arrays) -> None:
    class Brightness(torch.nn.Module):
        def forward(self, guess: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
            assert len(guess) <= 4
            return (guess.mean() - clean.mean()).square() + 1

    work = task(net, arrays, FlowConfig(perceptual=0.5, perceptual_rows=4))
    work.features = Brightness()
    terms = work.loss(net, 0, 0, 1)
    assert float(terms["loss"]) == pytest.approx(float(terms["flow"]) + 0.5 * float(terms["feature"]), rel=1e-5)
    assert float(terms["feature"]) >= 1


def test_a_teacher_tells_the_network_what_its_guesses_lack_of_their_texts(net: PatchFlow, arrays: Arrays) -> None:
    for parameter in net.parameters():  # a new network answers nothing: its last layer is zero
        parameter.data += 0.05 * torch.randn_like(parameter)
    teacher = Damsm(DamsmConfig(vocab_size=60, text_dim=48, depth=1, max_pieces=8, dim=16, hidden=16, image_size=32))
    work = task(net, arrays, FlowConfig(damsm=0.5, damsm_rows=6))
    work.teacher = teacher.eval().requires_grad_(False)
    terms = work.loss(net, 0, 0, 1)
    assert float(terms["loss"]) == pytest.approx(float(terms["flow"]) + 0.5 * float(terms["damsm"]), rel=1e-5)
    terms["damsm"].backward()
    assert float(net.condition.text.pieces.weight.grad.abs().sum()) > 0  # type: ignore[union-attr,operator]
    assert all(parameter.grad is None for parameter in teacher.parameters())


def test_a_teacher_is_not_asked_about_guesses_without_a_text(net: PatchFlow, arrays: Arrays) -> None:
    work = task(net, arrays, FlowConfig(damsm=0.5, drop_text=1.0))
    work.teacher = Damsm(DamsmConfig(vocab_size=60, image_size=32)).eval()
    assert float(work.loss(net, 0, 0, 1)["damsm"]) == 0


def test_samples_depend_on_their_seed_and_come_one_a_condition(net: PatchFlow, arrays: Arrays) -> None:
    prompts = task(net, arrays).prompts
    for parameter in net.parameters():  # a new network answers nothing: its last layer is zero
        parameter.data += 0.05 * torch.randn_like(parameter)
    pictures = sample(net, prompts, seeds=[1, 1, 2, 3], num_steps=2)
    assert len(pictures) == 4
    assert pictures[0].size == (32, 32)
    assert pictures[1].tobytes() != pictures[2].tobytes()


def test_a_sheet_shows_all_prompts(net: PatchFlow, arrays: Arrays) -> None:
    sheet = task(net, arrays).sheet(net)
    assert sheet.width >= 4 * 32


def test_a_sheet_is_drawn_as_the_model_will_draw(net: PatchFlow, arrays: Arrays) -> None:
    for parameter in net.parameters():  # a new network answers nothing: its last layer is zero
        parameter.data += 0.05 * torch.randn_like(parameter)
    work = task(net, arrays)
    usual = work.sheet(net).tobytes()
    work.shift = 8.0
    assert work.sheet(net).tobytes() != usual


def test_requests_become_one_condition(tmp_path: Path, tokenizer: Tokenizer) -> None:
    examples = load_examples(
        PRODUCTS, [write_catalogue(tmp_path / "p.parquet")], held_out=False, size=32, cache=tmp_path
    )
    space = space_of(examples)
    asked = conditions_of(["red shirt", "watch"], [{"colour": "Red"}, {"fill": 0.7}], space, reader(tokenizer))
    assert asked.text.shape == (2, 8)
    assert asked.choices[0].tolist() == [0, space.choices[1].values.index("Red") + 1, 0, 0, 0]
    assert asked.given.sum(1).tolist() == [0, 1]


def test_the_default_times_are_a_logit_normal(net: PatchFlow, arrays: Arrays) -> None:
    def mean_time(t_mean: float) -> float:
        work = task(net, arrays, replace(USUAL, t_mean=t_mean))
        return float(work.times(5000, torch.Generator()).mean())

    early, late = mean_time(-2), mean_time(2)
    assert early < 0.25 < 0.75 < late


def test_mirrored_training_shows_about_half_of_the_pictures_mirrored(net: PatchFlow, arrays: Arrays) -> None:
    work = task(net, arrays, FlowConfig(mirror=True))
    rows = np.arange(60)
    plain = task(net, arrays).pictures(rows, torch.Generator().manual_seed(0), torch.device("cpu"))
    shown = work.pictures(rows, torch.Generator().manual_seed(0), torch.device("cpu"))
    turned = [bool(torch.equal(a, b.flip(2))) and not torch.equal(a, b) for a, b in zip(shown, plain, strict=True)]
    same = [bool(torch.equal(a, b)) for a, b in zip(shown, plain, strict=True)]
    assert all(a or b for a, b in zip(turned, same, strict=True))
    assert 10 < sum(same) < 60


def test_a_tones_channels_are_said_together_and_defaults_nearly_always(net: PatchFlow, arrays: Arrays) -> None:
    given = task(net, arrays).condition(np.arange(100), torch.Generator().manual_seed(0)).given
    assert torch.equal(given[:, 0], given[:, 1])
    assert torch.equal(given[:, 0], given[:, 2])
    assert 0.2 < given[:, 0].mean() < 0.7
    assert given[:, 5].mean() > 0.75


def test_some_pictures_are_set_apart_and_never_learned_from() -> None:
    arrays = made_up_arrays(700)
    work = FlowTask(small_net(), arrays, USUAL, batch=16, seed=0, prompts=None)  # type: ignore[arg-type]
    assert len(work.asked) == 700 // 20
    assert sorted([*work.learned, *work.asked]) == list(range(700))
    seen = {row for step in range(2 * len(work.learned) // 16) for row in work.rows(step).tolist()}
    assert not seen & set(work.asked.tolist())
    assert len(work.asked) == len(FlowTask(small_net(), arrays, USUAL, batch=16, seed=0, prompts=None).asked)  # type: ignore[arg-type]
    for config, count in ((FlowConfig(exam=0), 700), (FlowConfig(exam=33), 700), (USUAL, 600)):
        parts = set_apart(count, config.exam, 0)
        assert [len(part) for part in parts] in ([count, 0], [count - 33, 33])
    assert len(set_apart(600, 256, 0)[1]) == 0  # too few for an exam


def test_an_exam_is_the_same_whenever_it_is_taken_and_tells_a_better_network() -> None:
    work = FlowTask(small_net(), made_up_arrays(700), USUAL, batch=16, seed=0, prompts=None)  # type: ignore[arg-type]
    before = work.exam(work.model)
    torch.manual_seed(9)
    assert work.exam(work.model) == before
    for parameter in work.model.parameters():
        parameter.data.add_(0.1 * torch.randn_like(parameter))
    assert work.exam(work.model) > before


def test_a_teacher_has_its_say_in_an_exam() -> None:
    work = FlowTask(small_net(), made_up_arrays(700), FlowConfig(damsm=0.5), batch=16, seed=0, prompts=None)  # type: ignore[arg-type]
    alone = work.exam(work.model)
    work.teacher = Damsm(
        DamsmConfig(vocab_size=60, text_dim=48, depth=1, max_pieces=8, dim=16, hidden=16, image_size=32)
    )
    work.teacher.eval()
    with_it = work.exam(work.model)
    assert with_it > alone + 0.1
    assert work.exam(work.model) == with_it


def test_the_velocity_loss_weighs_a_guess_by_what_is_left_of_the_way() -> None:
    guess, clean = torch.zeros(2, 3, 2, 2), torch.full((2, 3, 2, 2), 0.1)
    share = torch.tensor([0.5, 0.8])[:, None, None, None]
    assert float(velocity_loss(guess, clean, share)) == pytest.approx((0.2**2 + 0.5**2) / 2)


def small_net() -> PatchFlow:
    torch.manual_seed(0)
    return PatchFlow(
        PatchFlowConfig(
            choices=(3, 3), numbers=2, vocab_size=30, image_size=16, widths=(32,), depth=1, cond_dim=16, text_dim=48
        )
    )
