import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from t2i_core.errors import Cancelled
from t2i_core.generate.sampler import blend_noise, euler, guide, seeded_noise, to_images


def test_euler_ends_at_the_picture_that_is_predicted_last() -> None:
    picture = torch.rand(2, 3, 4, 4)
    drawn = euler(lambda x, t: picture, seeded_noise(0, 4).expand(2, -1, -1, -1), num_steps=5)
    torch.testing.assert_close(drawn, picture)


def test_euler_is_exact_where_the_flow_is_straight() -> None:
    noise, picture = seeded_noise(0, 4)[None], torch.rand(1, 3, 4, 4)
    seen: list[tuple[float, Tensor]] = []

    def predict(x: Tensor, t: Tensor) -> Tensor:
        seen.append((float(t[0]), x))
        return picture

    euler(predict, noise, num_steps=4)
    for t, x in seen:
        torch.testing.assert_close(x, (1 - t) * noise + t * picture)
    assert [t for t, _ in seen] == [0.0, 0.25, 0.5, 0.75]


def test_euler_tells_of_every_step() -> None:
    told: list[tuple[int, int]] = []
    euler(lambda x, t: x, torch.zeros(1, 3, 4, 4), num_steps=3, on_step=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_exception_from_the_listener_stops_the_sampling() -> None:
    steps = 0

    def predict(x: Tensor, t: Tensor) -> Tensor:
        nonlocal steps
        steps += 1
        return x

    def stop(done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        euler(predict, torch.zeros(1, 3, 4, 4), num_steps=9, on_step=stop)
    assert steps == 1


def test_guidance_of_one_follows_the_condition_and_of_zero_ignores_it() -> None:
    asked, nothing = torch.tensor([3.0]), torch.tensor([1.0])
    assert guide(asked, nothing, 1.0).item() == 3.0
    assert guide(asked, nothing, 0.0).item() == 1.0
    assert guide(asked, nothing, 2.0).item() == 5.0


def test_noise_belongs_to_its_seed_and_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first = seeded_noise(7, 8)
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(first, seeded_noise(7, 8))
    assert not torch.equal(first, seeded_noise(8, 8))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_blended_noise_is_as_strong_as_noise(first: int, second: int, share: float) -> None:
    blended = blend_noise(seeded_noise(first, 32), seeded_noise(second, 32), share)
    assert 0.9 < blended.std().item() < 1.1


def test_blended_noise_starts_at_the_first_and_ends_at_the_second() -> None:
    first, second = seeded_noise(1, 8), seeded_noise(2, 8)
    torch.testing.assert_close(blend_noise(first, second, 0.0), first)
    torch.testing.assert_close(blend_noise(first, second, 1.0), second)


def test_noise_blended_with_itself_stays_itself() -> None:
    noise = seeded_noise(1, 8)
    assert torch.equal(blend_noise(noise, noise.clone(), 0.5), noise)


def test_a_shift_spends_more_steps_near_the_noise_and_ends_at_the_same_time() -> None:
    def times(shift: float) -> list[float]:
        seen: list[float] = []

        def predict(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
            seen.append(float(t[0]))
            return torch.ones_like(x)

        assert torch.equal(euler(predict, torch.zeros(1, 3, 4, 4), num_steps=8, shift=shift), torch.ones(1, 3, 4, 4))
        return seen

    even, shifted = times(1.0), times(3.0)
    assert even == pytest.approx([step / 8 for step in range(8)])
    assert shifted[0] == 0
    assert all(late < early for late, early in zip(shifted[1:], even[1:], strict=True))


def test_pixels_are_rounded_and_clipped() -> None:
    (picture,) = to_images(torch.tensor([-2.0, 0.0, 1.0])[None, :, None, None].expand(1, 3, 2, 2))
    assert picture.getpixel((0, 0)) == (0, 128, 255)


def test_only_what_is_nearly_white_in_all_channels_becomes_white() -> None:
    clean = torch.tensor([[250, 249, 248], [255, 255, 240], [10, 250, 255], [247, 250, 250]]) / 127.5 - 1
    (image,) = to_images(clean.T.reshape(1, 3, 2, 2), white=248)
    assert list(image.get_flattened_data()) == [(255, 255, 255), (255, 255, 240), (10, 250, 255), (247, 250, 250)]
    (kept,) = to_images(clean.T.reshape(1, 3, 2, 2))
    assert kept.getpixel((0, 0)) == (250, 249, 248)
