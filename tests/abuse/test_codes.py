import cv2
import numpy as np
from PIL import Image

from t2i_core.abuse.codes import code_signals
from tests.abuse.drawn import photo, score, subject

# An EAN-13 code's bars by digit, as a scanner sees them: odd, even and right-hand sets.
ODD = ["0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"]
EVEN = [code[::-1].translate(str.maketrans("01", "10")) for code in ODD]
PARITY = ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"]


def qr(text: str, size: int) -> Image.Image:
    code = cv2.QRCodeEncoder.create().encode(text)
    return Image.fromarray(np.pad(code, 2, constant_values=255)).resize((size, size), Image.Resampling.NEAREST)


def ean13(digits: str, width: int, height: int) -> Image.Image:
    left = [EVEN[int(d)] if p == "G" else ODD[int(d)] for d, p in zip(digits[1:7], PARITY[int(digits[0])], strict=True)]
    right = [ODD[int(d)].translate(str.maketrans("01", "10")) for d in digits[7:]]
    bits = "0" * 9 + "101" + "".join(left) + "01010" + "".join(right) + "101" + "0" * 9
    row = np.array([255 * (bit == "0") for bit in bits], np.uint8)
    return Image.fromarray(np.tile(row, (2, 1))).resize((width, height), Image.Resampling.NEAREST)


def test_a_qr_code_is_found_read_and_placed() -> None:
    picture = photo()
    picture.paste(qr("https://shop.example/x", 220), (740, 20))
    signals = code_signals(subject(picture))
    (found,) = [signal for signal in signals if signal.rule == "code.qr"]
    assert found.score > 0.9
    assert found.detail == "https://shop.example/x"
    assert found.box is not None
    assert abs(found.box.left - 756) < 25
    assert found.box.bottom < 260
    assert score(signals, "code.barcode") < 0.5


def test_a_barcode_is_found_and_read() -> None:
    picture = photo()
    picture.paste(ean13("5901234123457", 113 * 3, 140), (30, 830))
    signals = code_signals(subject(picture))
    assert score(signals, "code.barcode") > 0.9
    assert "5901234123457" in [signal.detail for signal in signals]


def test_a_photo_without_codes_has_none() -> None:
    for seed in range(3):
        signals = code_signals(subject(photo(seed=seed)))
        assert {signal.rule for signal in signals} == {"code.qr", "code.barcode"}
        assert all(signal.score < 0.5 for signal in signals)


def test_stripes_are_no_barcode() -> None:
    stripes = np.tile(np.repeat([0, 255], [9, 7]).astype(np.uint8), (600, 40))[:, :600]
    assert score(code_signals(subject(Image.fromarray(stripes).convert("RGB"))), "code.barcode") < 0.5


def test_tiny_pictures_hold_no_code() -> None:
    assert score(code_signals(subject(Image.new("RGB", (3, 200)))), "code.qr") == 0
