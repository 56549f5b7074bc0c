"""A decoder that one picture ends, as a fault in a codec would."""

import os
from collections.abc import Sequence

from t2i_core.data.fitting import Fitted, fit_all

FATAL_PICTURE = b"the one that ends it"


def fit_or_end(pictures: Sequence[bytes], size: int) -> list[Fitted]:
    if FATAL_PICTURE in pictures:
        os._exit(1)
    return fit_all(pictures, size)
