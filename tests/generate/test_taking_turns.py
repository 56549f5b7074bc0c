"""Drawing waits in the line that everybody waits in."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from t2i_core.errors import Cancelled
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.turns import Done, Work, get_turns

SHOES = GenerateRequest("Nike Men Red Running Shoes", num_steps=1)


def test_every_batch_takes_a_turn(pipe: TextToImage) -> None:
    heard = list[Done]()
    get_turns().listen(heard.append)
    pipe.generate_many([SHOES] * 40)
    assert [done.work for done in heard] == [Work("draw", pipe.name, 32), Work("draw", pipe.name, 8)]


def test_who_waits_can_be_stopped(pipe: TextToImage) -> None:
    heard: list[tuple[int, int]] = []

    def stop(done: int, steps: int) -> None:
        heard.append((done, steps))
        raise Cancelled("stopped")

    with ThreadPoolExecutor(1) as pool:
        with get_turns().take(Work("draw", "other")):
            waiting = pool.submit(pipe.generate, SHOES, stop)
            with pytest.raises(Cancelled):
                waiting.result(60)
        assert heard == [(0, 1)]
        assert len(pool.submit(pipe.generate, SHOES).result(60)) == 1
