import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from t2i_core.errors import JobError
from t2i_core.jobs import service
from t2i_core.jobs.service import Jobs
from t2i_core.jobs.spec import JobSpec, State
from t2i_core.jobs.store import JobRecord, JobStore
from t2i_core.settings import Settings, get_settings
from t2i_core.training.bench import Point, TrainingBench, as_json
from t2i_core.training.recipe import kind_of, shipped_recipes
from t2i_core.ui import admin
from t2i_core.ui.training_runs import TAB
from tests.pages.conftest import Open, captions, finish, messages, press
from tests.training.made_up import write_catalogue

WORD = "a long enough word"


class Place:
    """Stands in for a place that runs jobs: it does what the test tells it to."""

    name = "local"

    def __init__(self) -> None:
        self.state = State.RUNNING
        self.specs: list[JobSpec] = []
        self.refuses = ""

    def submit(self, spec: JobSpec) -> str:
        if self.refuses:
            raise JobError(self.refuses)
        self.specs.append(spec)
        self.state = State.RUNNING
        return f"job-{len(self.specs)}"

    def status(self, job: str) -> State:
        return self.state

    def logs(self, job: str, last: int = 200) -> Sequence[str]:
        return ["reading <b>the data</b>", "t2i: out of luck"][:last]

    def cancel(self, job: str) -> None:
        self.state = State.CANCELLED


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Place:
    """The only place there is, of a studio whose visitors are trusted."""
    made = Place()
    monkeypatch.setenv("T2I_PUBLIC", "0")
    get_settings.cache_clear()

    def opened() -> Jobs:
        here = get_settings()
        return Jobs(JobStore(here.jobs), here, dict.fromkeys(("local", "ray", "huggingface", "slurm"), lambda _: made))

    monkeypatch.setattr(service, "open_jobs", opened)
    return made


@pytest.fixture
def data(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    for name in ("products_192.parquet", "products_80.parquet"):
        write_catalogue(folder / name)
    monkeypatch.setenv("T2I_DATA", str(folder))
    get_settings.cache_clear()
    return folder


def submitted(name: str, *, steps: int = 300, loss: float = 1.0, **told: object) -> JobRecord:
    """A job with metrics and sheets in its run's folder."""
    run = get_settings().runs / name
    spec = JobSpec(recipe="products", run=str(run), data=("data",), minutes=10.0)
    record = service.open_jobs().submit("local", replace(spec, **told))  # type: ignore[arg-type]
    (run / "sheets").mkdir(parents=True)
    lines = [{"step": step, "loss": loss * 300 / (step + 100), **figures(step)} for step in range(20, steps + 1, 20)]
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for step in (100, 300):
        Image.new("RGB", (32, 32), (step % 256, 0, 0)).save(run / "sheets" / f"step-{step:07d}.png")
    return record


def figures(step: int) -> Mapping[str, float]:
    return {"lr": 1e-3, "grad_norm": 0.5, "images_per_second": 64.0, "spent": float(step)}


def go(app: AppTest, tab: str) -> AppTest:
    app.session_state[TAB] = tab
    return app.run()


def said(app: AppTest) -> str:
    parts = [*app.markdown, *app.info, *app.success, *app.warning, *app.caption]
    return " ".join(part.value for part in parts).replace("\\", "").replace("\u2060", "")


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_studio_without_runs_says_how_to_start_one(open_page: Open) -> None:
    app = open_page("training")
    assert not app.exception
    assert "No runs yet" in app.info[0].value
    assert "t2i jobs submit" in app.info[0].value


def test_without_data_a_new_run_cannot_start_and_is_told_what_to_do(open_page: Open) -> None:
    app = go(open_page("training"), "New run")
    assert not app.exception
    assert "T2I_DATA" in said(app)
    assert app.button(key="training_launch").disabled


def test_data_are_looked_at_before_anything_starts(open_page: Open, data: Path) -> None:
    app = go(open_page("training"), "New run")
    assert not app.exception
    assert "264 pictures are few" in said(app)
    assert "category in the first rows: Tshirts" in said(app).replace("**", "")
    assert len(app.image) == 12


def test_data_that_the_recipe_cannot_read_are_named(open_page: Open, data: Path) -> None:
    (data / "products_80.parquet").write_bytes(b"no parquet")
    app = go(open_page("training"), "New run")
    assert "products_80.parquet" in said(app)
    assert "cannot be read" in said(app)


def test_a_recipe_whose_files_are_missing_says_which(open_page: Open, data: Path) -> None:
    app = go(open_page("training"), "New run")
    app.selectbox(key="training_recipe").set_value("guitars").run()
    assert "guitars.parquet" in said(app)
    assert "--data" not in said(app)


def test_a_run_starts_with_what_was_chosen_and_is_watched_at_once(open_page: Open, data: Path, place: Place) -> None:
    app = go(open_page("training"), "New run")
    app.number_input(key="training_minutes_products").set_value(3.0)
    app.number_input(key="training_set_products_loop.batch").set_value(16)
    app.text_input(key="training_set_products_network.widths").set_value("16, 32")
    app.number_input(key="training_processes").set_value(2)
    app.text_input(key="training_name_new_products").set_value("first-try").run()
    assert "network.widths=[16, 32]" in said(app)
    press(app, "Start training")
    assert not app.exception
    (spec,) = place.specs
    assert Path(spec.run) == get_settings().runs / "first-try"
    assert spec.data == (str(data.resolve()),)
    assert spec.overrides == ("network.widths=[16, 32]", "loop.batch=16")
    assert (spec.minutes, spec.processes, spec.init) == (3.0, 2, None)
    assert app.session_state[TAB] == "Runs"
    assert "first-try" in app.selectbox(key="training_run").options[0]


def test_a_budget_of_steps_replaces_the_recipes_minutes(open_page: Open, data: Path, place: Place) -> None:
    app = go(open_page("training"), "New run")
    app.segmented_control(key="training_budget_products").set_value("steps").run()
    app.number_input(key="training_steps_products").set_value(500)
    press(app, "Start training")
    assert place.specs[0].minutes is None
    assert place.specs[0].overrides == ("loop.steps=500",)


@pytest.mark.parametrize("name", ["../elsewhere", "/tmp/x", "a/b", "; rm -rf x", "..", "$(id)"])
def test_no_name_leads_out_of_the_runs_folder_or_into_a_shell(
    open_page: Open, data: Path, place: Place, name: str
) -> None:
    app = go(open_page("training"), "New run")
    app.text_input(key="training_name_new_products").set_value(name).run()
    if not app.button(key="training_launch").disabled:
        press(app, "Start training")
        assert "A run is named in letters" in messages(app)
    assert place.specs == []


def test_numbers_that_are_none_are_told_where_they_stand(open_page: Open, data: Path, place: Place) -> None:
    app = go(open_page("training"), "New run")
    app.text_input(key="training_set_products_network.widths").set_value("wide").run()
    assert not app.exception
    assert "widths takes whole numbers" in messages(app)
    assert "training_launch" not in {button.key for button in app.button}


def test_a_place_that_refuses_says_why_and_what_was_chosen_stays(open_page: Open, data: Path, place: Place) -> None:
    place.refuses = "The cluster is closed on Sundays."
    app = go(open_page("training"), "New run")
    app.number_input(key="training_minutes_products").set_value(7.0)
    press(app, "Start training")
    assert "closed on Sundays" in messages(app)
    assert app.number_input(key="training_minutes_products").value == 7.0


def test_what_a_place_needs_and_costs_is_told(open_page: Open, data: Path) -> None:
    app = go(open_page("training"), "New run")
    app.segmented_control(key="training_place").set_value("huggingface").run()
    assert "T2I_HUB_REPO" in said(app)
    app.selectbox(key="training_flavor").set_value("a10g-small").run()
    assert "About $2.00 for 120 minutes" in said(app)
    assert app.button(key="training_launch").disabled  # no data set was named
    app.text_input(key="training_hub_data").set_value("somebody/shoes").run()
    assert not app.button(key="training_launch").disabled


def test_a_run_shows_its_health_figures_curves_sheets_and_log(open_page: Open) -> None:
    submitted("shoes-1")
    app = open_page("training")
    assert not app.exception
    words = said(app)
    assert "Healthy" in words
    assert "**300**" in words  # step
    assert "**64**" in words  # images a second
    assert "**5 min**" in words  # left of ten minutes, after 300 seconds
    assert len(app.get("arrow_vega_lite_chart")) + len(app.get("vega_lite_chart")) == 1
    assert app.select_slider(key=f"training_sheet_{service.open_jobs().list()[0].id}").value == 300
    assert "out of luck" in app.code[0].value


def test_the_slider_shows_earlier_sheets_and_follows_new_ones_only_from_its_end(open_page: Open) -> None:
    record = submitted("shoes-1")
    key, sheets = f"training_sheet_{record.id}", Path(record.spec.run) / "sheets"
    app = open_page("training")
    Image.new("RGB", (32, 32)).save(sheets / "step-0000400.png")
    assert app.run().select_slider(key=key).value == 400
    app.select_slider(key=key).set_value(100).run()
    Image.new("RGB", (32, 32)).save(sheets / "step-0000500.png")
    assert app.run().select_slider(key=key).value == 100
    assert "step 100" in captions(app) or app.image[0]


def test_a_sheet_that_is_cut_off_does_not_hide_the_rest(open_page: Open) -> None:
    record = submitted("shoes-1")
    (Path(record.spec.run) / "sheets" / "step-0000300.png").write_bytes(b"\x89PNG")
    app = open_page("training")
    assert not app.exception
    assert "cannot be shown" in said(app)


def test_a_diverged_run_is_told_in_words(open_page: Open) -> None:
    record = submitted("shoes-1")
    lines = (Path(record.spec.run) / "metrics.jsonl").read_text()
    broken = [json.dumps({"step": step, "loss": float("nan")}) for step in (320, 340)]
    (Path(record.spec.run) / "metrics.jsonl").write_text(lines + "\n".join(broken) + "\n")
    app = open_page("training")
    assert not app.exception
    assert "Diverged" in messages(app)


def test_curves_can_be_logarithmic_and_smooth(open_page: Open) -> None:
    submitted("shoes-1")
    app = open_page("training")
    app.toggle(key="training_runs_log").set_value(True)
    app.slider(key="training_runs_smoothing").set_value(0.9)
    app.pills(key="training_runs_curves").set_value(["loss", "lr"]).run()
    charts = [*app.get("arrow_vega_lite_chart"), *app.get("vega_lite_chart")]
    assert len(charts) == 2
    assert '"type": "log"' in charts[0].proto.spec


def test_a_run_is_cancelled_and_resumed(open_page: Open, place: Place) -> None:
    record = submitted("shoes-1")
    app = open_page("training")
    assert "Resume" not in buttons(app)
    settle(press(app, "Cancel"), record.id)
    assert service.open_jobs().get(record.id).state is State.CANCELLED
    assert "resumed, it starts from the beginning" in said(app)
    settle(press(app, "Resume"), record.id)
    assert not app.exception
    assert service.open_jobs().get(record.id).state is State.RUNNING
    assert len(place.specs) == 2


def settle(app: AppTest, job: str) -> AppTest:
    """Looks again, as the browser does, until what was asked for is done."""
    return finish(app, f"training_doing_{job}").run()


def test_a_run_without_a_checkpoint_offers_no_model(open_page: Open) -> None:
    submitted("shoes-1")
    assert "Use it" not in buttons(open_page("training"))


def test_two_runs_are_laid_over_each_other(open_page: Open, place: Place) -> None:
    submitted("one", overrides=("loop.lr=0.002",))
    submitted("two", loss=2.0)
    app = go(open_page("training"), "Compare")
    assert not app.exception
    chart = [*app.get("arrow_vega_lite_chart"), *app.get("vega_lite_chart")][0]
    assert all(name in chart.proto.spec for name in ("one", "two"))
    table = app.dataframe[0].value
    assert "loop.lr" in table.iloc[:, 0].tolist()
    assert len(app.image) == 2
    app.selectbox(key="training_other").set_value(app.selectbox(key="training_one").value).run()
    assert "two different runs" in said(app)


def test_one_run_cannot_be_compared(open_page: Open) -> None:
    submitted("one")
    assert "Two runs are needed" in said(go(open_page("training"), "Compare"))


def test_a_benchmark_is_measured_kept_and_shown(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    point = Point(1, 8, 10, 0.01, 0.02, 0.05, 0.01)

    def quick(recipe: str, **asked: object) -> TrainingBench:
        assert asked["batches"] == (4, 8)
        return TrainingBench(recipe, "Desktop", 2, "cpu", 64, "made up", (point,))

    monkeypatch.setattr("t2i_core.training.bench.bench_training", quick)
    app = go(open_page("training"), "Benchmark")
    assert "Nothing was measured yet" in said(app)
    app.text_input(key="bench_batches").set_value("4, 8").run()
    app = finish(press(app, "Measure"), "training_bench")
    assert not app.exception
    assert "The model is the bottleneck" in said(app)
    assert len(app.image) == 1
    other = replace(point, batch=64)
    brought = as_json(TrainingBench("products", "Server", 64, "cuda", 64, "made up", (other,)))
    app.file_uploader(key="bench_upload").upload("server.json", brought.encode(), "application/json").run()
    assert "Server" in said(app)
    app.file_uploader(key="bench_upload").upload("server.json", b"{}", "application/json").run()
    assert "not a result" in messages(app)


# Who may act.


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("T2I_PUBLIC")
    get_settings.cache_clear()


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_ADMIN_TOKEN", WORD)
    get_settings.cache_clear()


def test_a_visitor_who_may_be_anybody_can_look_but_not_train(open_page: Open, data: Path, strangers: None) -> None:
    submitted("shoes-1")
    app = open_page("training")
    assert "You can look, not train" in said(app)
    assert "T2I_ADMIN_TOKEN" in said(app)
    assert "Healthy" in said(app)
    assert "Cancel" not in buttons(app)
    assert not app.code  # a log names folders of the machine
    app = go(app, "New run")
    assert "training_launch" not in {button.key for button in app.button}
    app = go(app, "Benchmark")
    assert "Measure" not in buttons(app)


def test_whoever_sits_at_the_machine_needs_no_word(
    open_page: Open, strangers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "at_this_machine", lambda address, headers: True)
    app = open_page("training")
    assert "You can look" not in said(app)


def enter(app: AppTest, word: str) -> AppTest:
    app.text_input(key="admin_word").set_value(word)
    return press(app, "Enter")


def test_the_administrators_word_opens_the_page_for_this_session_alone(open_page: Open, guarded: None) -> None:
    submitted("shoes-1")
    app = enter(open_page("training"), WORD)
    assert "Cancel" in buttons(app)
    assert WORD not in str(
        [app.session_state[key] for key in ("admin_word", admin.ADMITTED) if key in app.session_state]
    )
    assert "Cancel" not in buttons(open_page("training"))
    assert "Cancel" not in buttons(press(app, "Leave"))


def test_wrong_words_make_a_visitor_wait_and_the_right_one_too(open_page: Open, guarded: None) -> None:
    app = enter(open_page("training"), "wrong")
    assert "That is not the word" in messages(app)
    for _ in range(4):
        enter(app, "wrong again")
    assert re.search(r"Try again in \d+ seconds", messages(app))
    assert "Try again" in messages(enter(app, WORD))


def test_a_token_that_is_too_short_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_ADMIN_TOKEN", "secret7")
    get_settings.cache_clear()
    with pytest.raises(Exception, match="T2I_ADMIN_TOKEN") as problem:
        get_settings()
    assert "secret7" not in str(problem.value)


def test_one_recipe_of_every_kind_is_launched_from_the_page(open_page: Open, data: Path, place: Place) -> None:
    kinds = {kind_of(recipe): recipe for recipe in shipped_recipes()}
    gan = get_settings().runs / "first-gan"
    (gan / "checkpoint").mkdir(parents=True)
    (gan / "checkpoint" / "progress.json").write_text("{}")
    (gan / "run.json").write_text('{"model": "tacgan"}')
    app = open_page("training")
    for recipe in kinds.values():
        app = go(app, "New run")
        app.selectbox(key="training_recipe").set_value(recipe).run()
        press(app, "Start training")
        assert not app.exception
        assert messages(app) == ""
    assert [spec.recipe for spec in place.specs] == list(kinds.values())
    assert [spec.init for spec in place.specs if spec.recipe == "realism"] == [str(gan)]
