import pytest
import torch

from t2i_core.models.conditioning import Condition
from t2i_core.models.instant import Instant, corrected, correction_in, instantly
from t2i_core.models.patchflow import PatchFlow, PatchFlowConfig

CONFIG = PatchFlowConfig(
    choices=(3,), numbers=0, vocab_size=20, image_size=16, widths=(32, 48), cond_dim=16, text_dim=64, max_pieces=4
)


def flow() -> PatchFlow:
    torch.manual_seed(0)
    network = PatchFlow(CONFIG)
    for parameter in network.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    return network.eval()


def asked(network: PatchFlow) -> torch.Tensor:
    none = torch.zeros(2, 0)
    condition = Condition(torch.ones(2, 4, dtype=torch.long), torch.tensor([[1], [2]]), none, none)
    return network.condition.said(condition).detach()


NOISE = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_untrained_it_draws_what_the_flow_guesses_of_pure_noise() -> None:
    network = flow()
    said = asked(network)
    with torch.no_grad():
        expected = network.denoise(NOISE, network.condition.at(torch.zeros(2), said))
        assert torch.allclose(Instant(network, rank=2)(NOISE, said), expected, atol=1e-5)


def test_only_the_correction_learns_and_it_is_small() -> None:
    network = flow()
    model = Instant(network, rank=2)
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert sum(map(torch.numel, learned)) < 0.3 * sum(map(torch.numel, network.backbone.parameters()))
    before = {name: each.clone() for name, each in model.flow.state_dict().items()}
    optimizer = torch.optim.SGD(learned, lr=0.1)
    model(NOISE, asked(network)).square().mean().backward()
    optimizer.step()
    assert all(torch.equal(before[name], each) for name, each in model.flow.state_dict().items())
    assert any(parameter.grad is not None and parameter.grad.any() for parameter in learned)


def test_it_learns_in_full_precision_from_a_flow_that_draws_in_half() -> None:
    network = flow().bfloat16()
    model = Instant(network, rank=2)
    assert {each.dtype for each in model.state_dict().values() if each.is_floating_point()} == {torch.float32}
    assert model(NOISE, torch.zeros(2, network.config.cond_dim)).dtype == torch.float32


@pytest.mark.parametrize("rank", [0, 2])
def test_the_kept_correction_makes_the_same_generator_again(rank: int) -> None:
    network = flow()
    model = Instant(network, rank)
    for parameter in model.learned.values():
        parameter.data += 0.02 * torch.randn_like(parameter)
    loaded = instantly(network, correction_in(model.state_dict()))
    said = asked(network)
    with torch.no_grad():
        drawn = loaded.denoise(NOISE, loaded.condition.at(torch.zeros(2), said))
        assert torch.allclose(model(NOISE, said), drawn, atol=1e-5)
        assert not torch.allclose(network.denoise(NOISE, network.condition.at(torch.zeros(2), said)), drawn, atol=1e-3)
    assert loaded.condition is network.condition


def test_a_correction_of_another_network_is_refused() -> None:
    network = flow()
    correction = Instant(network, rank=2).correction()
    base = dict(network.backbone.named_parameters())
    with pytest.raises(KeyError, match="does not"):
        corrected(base, {**correction, "elsewhere.up": torch.zeros(1)})
    missing = dict(list(correction.items())[2:])
    with pytest.raises(KeyError):
        corrected(base, missing)
    other = Instant(PatchFlow(PatchFlowConfig(**{**vars(CONFIG), "widths": (32, 64)})), rank=2).correction()
    with pytest.raises(RuntimeError):
        corrected(base, other)
