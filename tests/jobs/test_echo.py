from pathlib import Path

from t2i_core.jobs.echo import echoed, metrics_in


def test_lines_that_a_run_writes_are_said_and_read_back(tmp_path: Path) -> None:
    said: list[str] = []
    with echoed(tmp_path, said.append, every=0.01), (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 20, "loss": 0.5}\n{"step": 40, "lo')
        file.flush()
        file.write('ss": 0.25}\n')
    assert metrics_in(said) == [{"step": 20, "loss": 0.5}, {"step": 40, "loss": 0.25}]


def test_what_stood_there_before_is_not_said_again(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"step": 20}\n')
    said: list[str] = []
    with echoed(tmp_path, said.append, every=0.01), (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 40}\n')
    assert said == ['metrics {"step": 40}']


def test_metrics_are_found_between_other_lines_and_the_last_word_of_a_step_counts() -> None:
    log = [
        '(Process pid=7) metrics {"step": 2}',
        "hello",
        "metrics {oops}",
        'metrics {"step": 1, "loss": 3}',
        "metrics {}",
    ]
    log += ['metrics {"step": 1, "loss": 1}']
    assert metrics_in(log) == [{"step": 1, "loss": 1}, {"step": 2}]
