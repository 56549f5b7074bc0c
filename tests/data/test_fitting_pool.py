import asyncio

import pytest

from t2i_core.data import fitting_pool
from t2i_core.data.fitting import Fitted
from t2i_core.data.fitting_pool import FATAL, FittingPool
from t2i_core.data.picture_server import picture
from tests.data.fatal import FATAL_PICTURE, fit_or_end


def test_a_picture_that_ends_its_decoder_is_told_from_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting_pool, "fit_all", fit_or_end)

    async def story() -> list[list[Fitted]]:
        with FittingPool(1, 256) as pool:
            first = await pool.fit([picture(0), FATAL_PICTURE, b"no picture"])
            return [first, await pool.fit([picture(1)])]

    assert asyncio.run(story()) == [[None, FATAL, "not a picture"], [None]]
