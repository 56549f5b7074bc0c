import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_expit

from t2i_core.text.solver import Pieces, VectorSolver

NEGATIVE, PRIOR = 5, 0.2
random = np.random.default_rng(5)
OUTPUTS = random.normal(0, 0.7, (50, 8)).astype(np.float32)
COUNTS = random.integers(1, 500, 50).astype(np.int32)
TEXT = Pieces([3, 7, 7, 20], [0.4, 0.2, 0.2, 0.2])
solver = VectorSolver(OUTPUTS, COUNTS, NEGATIVE, PRIOR)


def loss(vector: NDArray[np.float64]) -> float:
    """The formula of the docstring, written out."""
    noise = COUNTS**0.75 / (COUNTS**0.75).sum()
    said = sum(a * log_expit(vector @ OUTPUTS[w]) for w, a in zip(TEXT.ids, TEXT.weights, strict=True))
    unsaid = NEGATIVE * (noise * log_expit(-OUTPUTS @ vector)).sum()
    return float(-said - unsaid + PRIOR / 2 * vector @ vector)


def test_the_answer_is_that_of_a_general_minimiser() -> None:
    expected = minimize(loss, np.zeros(8), tol=1e-10).x
    assert solver.solve([TEXT], steps=400)[0] == pytest.approx(expected, abs=1e-3)


def test_the_usual_number_of_steps_comes_close_to_the_answer() -> None:
    near, exact = solver.solve([TEXT])[0], solver.solve([TEXT], steps=400)[0]
    assert near @ exact / np.linalg.norm(near) / np.linalg.norm(exact) > 0.999


def test_no_nearby_vector_is_better() -> None:
    answer = solver.solve([TEXT], steps=400)[0].astype(np.float64)
    for step in random.normal(0, 0.05, (50, 8)):
        assert loss(answer) < loss(answer + step)


def test_a_text_without_pieces_has_the_zero_vector_in_any_company() -> None:
    alone, beside = solver.solve([Pieces([], [])]), solver.solve([TEXT, Pieces([], [])])
    assert not alone.any()
    assert not beside[1].any()
    assert beside[0].any()


def test_a_stronger_pull_makes_a_shorter_vector() -> None:
    strong = VectorSolver(OUTPUTS, COUNTS, NEGATIVE, 10 * PRIOR).solve([TEXT])
    assert np.linalg.norm(strong) < np.linalg.norm(solver.solve([TEXT]))
