from t2i_core.training.curves import HEIGHT, LINES, WIDTH, draw_curves, side_by_side


def colours(picture) -> set[tuple[int, ...]]:  # type: ignore[no-untyped-def]
    return {colour for _, colour in picture.getcolors(100_000)}


def rgb(name: str) -> tuple[int, ...]:
    return tuple(int(name[start : start + 2], 16) for start in (1, 3, 5))


def test_a_panel_is_drawn_for_every_quantity_and_a_colour_for_every_run() -> None:
    lines = [{"step": float(step), "generator": step / 10, "discriminator": 1.0} for step in range(1, 30)]
    picture = side_by_side({"bce": lines, "lsgan": lines[:10]}, ("generator", "discriminator"))
    assert picture.size == (2 * WIDTH, HEIGHT)
    assert {rgb(LINES[0]), rgb(LINES[1])} <= colours(picture)


def test_a_quantity_that_was_not_told_leaves_an_empty_panel() -> None:
    assert draw_curves([{"step": 1.0}], ("codes",)).size == (WIDTH, HEIGHT)


def test_values_that_stand_still_are_drawn_too() -> None:
    assert rgb(LINES[0]) in colours(draw_curves([{"step": float(s), "loss": 0.0} for s in range(1, 5)], ("loss",)))


def test_the_names_of_many_runs_all_stand_in_the_panel() -> None:
    lines = [{"step": float(step), "loss": 1.0} for step in range(1, 9)]
    heads = side_by_side({str(number): lines for number in range(1, 5)}, ("loss",)).crop((0, 0, WIDTH, 24))
    for colour in map(rgb, LINES):
        assert min(max(abs(a - b) for a, b in zip(colour, seen, strict=True)) for seen in colours(heads)) < 16
