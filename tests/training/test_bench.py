import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from t2i_core.cli import main
from t2i_core.errors import Cancelled, InputError, T2IError
from t2i_core.training.bench import Point, TrainingBench, as_json, bench_from, bench_training
from t2i_core.training.bench_chart import chart
from t2i_core.training.bench_task import tasks_of
from t2i_core.training.bench_words import side_by_side, table, verdict
from t2i_core.training.bench_worker import Stepper, measure, points
from t2i_core.training.loop import LoopConfig
from tests.training.made_up import write_catalogue

TINY = [
    "network.widths=[16,32]",
    "network.image_size=16",
    "network.text_dim=64",
    "network.cond_dim=32",
    "vocab_size=120",
]


def point(processes: int = 1, batch: int = 8, speed: float = 80.0, data: float = 0.1) -> Point:
    """A point of that many images a second, of whose steps `data` is the share of the data."""
    step = batch / speed
    rest = (1 - data) * step
    return Point(processes, batch, 10, data * step, 0.3 * rest, 0.6 * rest, 0.1 * rest)


def result(*points: Point, machine: str = "Desktop", device: str = "cpu") -> TrainingBench:
    return TrainingBench("products", machine, 2, device, 64, "made up", points)


class Waits:
    """A task whose batch takes longer than everything else is likely to."""

    def __init__(self) -> None:
        self.model: nn.Module = nn.Linear(1, 1)

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        time.sleep(0.05)
        return {"loss": model(torch.ones(4, 1)).square().mean()}

    def sheet(self, model: nn.Module) -> Image.Image:
        raise AssertionError("a benchmark draws nothing")


def test_the_time_before_the_network_is_called_counts_as_data() -> None:
    task = Waits()
    found = measure(Stepper(task.model, LoopConfig(steps=1, bf16=False, muon=0.0)), task, batch=4, seconds=0.3)
    assert found.steps >= 3
    assert found.data >= 0.05
    assert found.share("data") > 0.5
    assert found.speed == pytest.approx(4 / found.step)


@pytest.mark.parametrize("recipe", ["guitars", "anime", "double-128"])
def test_every_kind_of_picture_recipe_trains_on_made_up_pictures(recipe: str, tmp_path: Path) -> None:
    small = ["network.widths=[16,32]", f"network.image_size={32 if '128' in recipe else 16}"]
    network = small if "128" in recipe else TINY
    task_of, model, _, _ = tasks_of(recipe, network, [], tmp_path)
    terms = task_of(4).loss(model, 0, 0, 1)
    assert torch.isfinite(terms["loss"])


def test_real_pictures_are_measured_too(tmp_path: Path) -> None:
    data = write_catalogue(tmp_path / "products_192.parquet")
    asked = {"recipe": "products", "overrides": TINY, "batches": [4], "seconds": 0.05, "data": [str(data)]}
    facts, only = points({**asked, "cache": str(tmp_path / "cache")})
    assert facts["image_size"] == 16
    found = Point(**only)  # type: ignore[arg-type]
    assert (found.processes, found.batch) == (1, 4)
    assert all(found.share(part) > 0 for part in ("data", "forward", "backward", "optimizer"))


def test_processes_of_their_own_share_a_batch_and_tell_how_far_they_are() -> None:
    steps: list[tuple[int, int]] = []
    found = bench_training(
        "guitars",
        batches=[4],
        processes=[2],
        seconds=0.05,
        overrides=TINY,
        on_step=lambda *told: steps.append(told),
    )
    assert [(p.processes, p.batch) for p in found.points] == [(2, 4)]
    assert found.points[0].backward > 0
    assert (steps[0], steps[-1]) == ((0, 1), (1, 1))
    assert "made-up pictures of 16 px" in str(found)


def test_what_a_person_can_mend_comes_back_as_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(T2IError, match=r"There is no .*nothing\.parquet"):
        bench_training("guitars", batches=[4], processes=[1], data=[tmp_path / "nothing.parquet"], overrides=TINY)


def test_no_measuring_process_outlives_the_one_that_asked(repository: Path) -> None:
    asking = "import sys; from t2i_core.training.bench import bench_training; bench_training('guitars', batches=[4], "
    asking += f"processes=[2], seconds=60, overrides={TINY})"
    asker = subprocess.Popen([sys.executable, "-c", asking], cwd=repository)
    _until(lambda: len(_workers_of(asker.pid)) >= 2)
    workers = _workers_of(asker.pid)
    asker.kill()
    asker.wait()
    _until(lambda: not any(_lives(worker) for worker in workers))


def _workers_of(pid: int) -> list[psutil.Process]:
    """The measuring processes below one, without torch's launcher between them."""
    below = [(one, _words_of(one)) for one in psutil.Process(pid).children(recursive=True)]
    return [one for one, words in below if "bench_worker" in words and "torch.distributed.run" not in words]


def _words_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it ended meanwhile
        return ""


def _lives(process: psutil.Process) -> bool:
    return bool(_words_of(process))


def _until(true: Callable[[], bool], seconds: float = 200) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_cancelling_ends_the_measuring_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    killed = os.killpg

    def kill(pid: int, how: int) -> None:
        started.append(pid)
        killed(pid, how)

    monkeypatch.setattr("t2i_core.training.bench.os.killpg", kill)

    def stop(done: int, total: int) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        bench_training("guitars", batches=[4], processes=[1], seconds=60, overrides=TINY, on_step=stop)
    with pytest.raises(ProcessLookupError):
        os.killpg(started[0], 0)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"batches": []}, "at least one picture"),
        ({"batches": [1], "processes": [2]}, "at least one picture"),
        ({"processes": [0]}, "processes are whole numbers"),
        ({"seconds": 0.0}, "seconds must be"),
        ({"batches": range(10, 90)}, "At most 64 points"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_before_anything_runs(asked: dict[str, object], why: str) -> None:
    with pytest.raises(InputError, match=why):
        bench_training("guitars", **({"batches": [8], "processes": [1]} | asked))  # type: ignore[arg-type]


def test_a_matcher_is_not_measured() -> None:
    with pytest.raises(InputError, match="only picture recipes"):
        bench_training("damsm-birds")


def test_a_batch_too_large_for_the_memory_is_told_and_the_others_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    real = measure

    def tight(stepper: Stepper, task: object, batch: int, seconds: float) -> Point:
        if batch > 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(stepper, task, batch, seconds)  # type: ignore[arg-type]

    monkeypatch.setattr("t2i_core.training.bench_worker.measure", tight)
    asked = {"recipe": "guitars", "overrides": TINY, "batches": [4, 8], "seconds": 0.01, "data": [], "cache": "."}
    facts, small, large = points(asked)
    assert small["fits"]
    assert not large["fits"]
    bench = TrainingBench("guitars", data="made up", points=(Point(**small), Point(**large)), **facts)  # type: ignore[arg-type]
    assert "did not fit into the memory" in table(bench)
    assert "batches of 4" in verdict(bench)


def test_the_verdict_says_what_is_waited_for() -> None:
    assert "The model is the bottleneck" in verdict(result(point(data=0.05)))
    assert "but 20% waits for the batch" in verdict(result(point(data=0.2)))
    assert "Data loading is the bottleneck: 70%" in verdict(result(point(data=0.7)))


def test_the_verdict_says_what_batches_and_processes_bring() -> None:
    one, two = [point(1, 8, 60), point(1, 16, 100), point(1, 32, 102)], [point(2, 16, 150), point(2, 32, 150)]
    words = verdict(result(*one, *two))
    assert "Fastest: 150 images/s with 2 processes and batches of 16" in words
    assert "2 processes train 1.47 times as fast as one" in words
    assert "Batches above 16 gain less than 5%" in verdict(result(*one))
    assert "slower than one" in verdict(result(point(1, 8, 60), point(2, 8, 30)))


def test_machines_stand_side_by_side_in_a_table_and_a_chart() -> None:
    desktop = result(point(1, 8, 100), point(1, 16, 120), machine="Desktop card", device="cuda")
    server = result(point(1, 8, 150), point(8, 64, 1200), machine="Server", device="cuda")
    lines = side_by_side([desktop, server]).splitlines()
    assert lines[0].split("  ")[-1].strip() == "Server, 8 processes"
    assert [line.split()[1] for line in lines[1:]] == ["8", "16", "64"]
    assert "1200.0" in lines[-1]
    image = chart([desktop, server])
    colours = {colour for _, colour in image.getcolors(maxcolors=100_000) or []}
    assert {(0x0F, 0x76, 0x6E), (0xD9, 0x77, 0x06), (0x25, 0x63, 0xEB)} <= colours


def test_a_result_comes_back_as_it_was_from_its_json() -> None:
    bench = result(point(), replace(point(batch=64), fits=False, memory=12.5))
    assert bench_from(as_json(bench)) == bench


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"points": []}', as_json(result(point())).replace('"steps": 10', '"steps": "x"'), "[" * 100_000],
)
def test_anything_else_is_no_result(text: str) -> None:
    with pytest.raises(InputError, match="not a result"):
        bench_from(text)


def test_the_command_prints_a_table_with_another_machine_beside_it_and_a_chart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    def quick(recipe: str, **options: object) -> TrainingBench:
        asked.update(options)
        return result(point())

    monkeypatch.setattr("t2i_core.training.bench.bench_training", quick)
    other = tmp_path / "server.json"
    other.write_text(as_json(result(point(speed=900), machine="Server")))
    line = ["bench", "training", "products", "--batches", "8,16", "--processes", "1,2", "--seconds", "2"]
    assert main([*line, "--beside", str(other), "--out", str(tmp_path / "chart.png")]) == 0
    printed = capsys.readouterr().out
    assert (asked["batches"], asked["processes"], asked["seconds"]) == ((8, 16), (1, 2), 2.0)
    assert "The model is the bottleneck" in printed
    assert "Server, 1 process" in printed
    assert Image.open(tmp_path / "chart.png").size[0] == 1200
    assert main([*line, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["machine"] == "Desktop"


@pytest.mark.parametrize(
    ("words", "why"), [(["--batches", "8;16"], "--batches takes"), (["--beside", "no.json"], "no.json cannot be read")]
)
def test_the_command_refuses_what_it_cannot_read(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "training", "products", *words]) == 2
    assert why in capsys.readouterr().err
