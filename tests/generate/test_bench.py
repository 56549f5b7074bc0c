from pathlib import Path

import pytest

from t2i_core.errors import InputError, T2IError
from t2i_core.generate.bench import bench_generate, measure_generate, peak_memory, resident_memory
from tests.tiny import tiny_model


def test_a_model_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    held = bytearray(500_000_000)  # touched, so that this process is larger than the measured one
    held[::4096] = b"x" * len(held[::4096])
    found = bench_generate(str(tiny_model(tmp_path / "tiny")), repeats=3)
    assert 0 < found.one_p50 <= found.one_p95
    assert found.pictures_per_second > 1 / found.one_p95
    assert found.grid_seconds > found.one_p50
    assert found.load_seconds > 0
    assert (found.num_steps, found.image_size, found.repeats) == (4, 32, 3)
    assert 50 < found.loaded_memory <= found.peak_memory
    assert found.peak_memory < resident_memory() + 300  # our 500 MB are not in it
    assert str(round(found.peak_memory)) in str(found)


def test_a_model_that_is_not_there_gives_the_sentence_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(T2IError, match="nowhere"):
        bench_generate(str(tmp_path / "nowhere"), repeats=1)


@pytest.mark.parametrize("repeats", [0, -1, 1001])
def test_a_foolish_number_of_repeats_is_refused_before_anything_runs(repeats: int) -> None:
    with pytest.raises(InputError, match="repeats must be"):
        bench_generate("products", repeats=repeats)


def test_measuring_here_counts_what_this_process_already_holds(tmp_path: Path) -> None:
    before = resident_memory()
    found = measure_generate(str(tiny_model(tmp_path / "tiny")), 1)
    assert found.peak_memory >= before * 0.9
    assert peak_memory() >= resident_memory() * 0.99
