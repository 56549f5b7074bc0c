from typing import Any

import pytest

from t2i_core.abuse.bench import DrawnItem, bench_check
from t2i_core.errors import InputError


def test_a_batch_of_drawn_pictures_is_timed() -> None:
    found = bench_check(count=10, side=200, workers=1)
    assert found.pictures_per_second > 0
    assert found.processor_seconds > 0
    assert 0 < found.early_memory < 1.01 * found.peak_memory  # the system counts them a page or two apart
    assert "10 drawn pictures of 200 px, 1 at once, without reading" in str(found)


def test_drawn_pictures_differ_and_come_again() -> None:
    assert DrawnItem(1, 64).read() == DrawnItem(1, 64).read() != DrawnItem(2, 64).read()


@pytest.mark.parametrize("wrong", [{"count": 1}, {"side": 0}, {"workers": 0}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="Give a count"):
        bench_check(**wrong)
