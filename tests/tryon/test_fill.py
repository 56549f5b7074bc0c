import numpy as np

from t2i_core.tryon.fill import limb_share
from t2i_core.tryon.light import shade


def test_a_bare_limb_is_as_wide_as_its_radii_say_at_every_height() -> None:
    leg = np.array([[60, 20], [60, 110], [60, 200]], np.float32)
    share = limb_share(leg, (0.17, 0.105, 0.065), 200.0, np.zeros((220, 120), np.float32))
    widths = (share > 0).sum(1)[24:196]
    wanted = 2 * 200 * np.interp(np.arange(24, 196), [20, 110, 200], [0.17, 0.105, 0.065])
    assert np.abs(widths - wanted).max() < 4


def test_the_light_of_old_cloth_fades_below_its_hem() -> None:
    photo = np.full((300, 200, 3), 150, np.uint8)
    old = np.zeros((300, 200), bool)
    old[60:200, 40:160] = True
    photo[185:200, 40:160] = 90  # a shaded hem
    light = shade(photo, old, 140.0)[:, 100]
    assert light.min() < 0.95
    assert np.abs(np.diff(light)).max() < 0.06
