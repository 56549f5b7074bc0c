from t2i_core.ui.running import PACES, pace_of


def test_work_is_looked_at_less_often_the_longer_it_lasts() -> None:
    looks = [pace_of(seconds) for seconds in (0.0, 2.9, 3.0, 19.0, 20.0, 10_000.0)]
    assert looks == sorted(looks)
    assert looks[0] == PACES[0][1]
    assert looks[-1] == PACES[-1][1]


def test_a_short_drawing_is_shown_soon_after_it_has_ended() -> None:
    assert pace_of(1.0) <= 0.5
