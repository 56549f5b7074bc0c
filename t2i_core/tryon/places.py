"""Where the pixels of a photo lie on a body."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.figure import limb_labels
from t2i_core.tryon.person import Person

Mask = NDArray[np.float32]


@dataclass(frozen=True)
class Places:
    """Where every pixel lies on a body: level (0 shoulders, 1 hips), side (-1, 1: as far out as a shoulder), limb."""

    level: Mask
    side: Mask
    limb: NDArray[np.uint8]

    @classmethod
    def of(cls, person: Person) -> "Places":
        """For all pixels of a photo."""
        figure, (height, width) = person.figure, person.photo.shape[:2]
        x, y = np.arange(width, dtype=np.float32) - figure.top[0], np.arange(height, dtype=np.float32) - figure.top[1]
        level = (x[None] * figure.down[0] + y[:, None] * figure.down[1]) / figure.torso
        side = (x[None] * figure.across[0] + y[:, None] * figure.across[1]) / (figure.span / 2)
        return cls(level.astype(np.float32), side.astype(np.float32), limb_labels(figure, (height, width)))
