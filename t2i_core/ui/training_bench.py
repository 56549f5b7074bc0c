"""How fast this machine trains, beside others: measured here, or brought as a file."""

import json
import re
from functools import partial
from pathlib import Path

import streamlit as st

from t2i_core.commands.benching import numbers
from t2i_core.errors import InputError
from t2i_core.images import atomic_write, png_bytes
from t2i_core.settings import get_settings
from t2i_core.training.recipe import kind_of, shipped_recipes
from t2i_core.ui.admin import may_act
from t2i_core.ui.draft import initial
from t2i_core.ui.job import OnStep
from t2i_core.ui.language import tr
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.running import latest, start

SLOT = "training_bench"
FILE = re.compile(r"[a-z0-9][a-z0-9-]{0,119}\.json")
MEASURED = ("patchflow", "refiner")
LARGEST = 1_000_000  # bytes of a result that is brought


def bench_tab() -> None:
    """Measure, and look at what was measured."""
    st.markdown(
        tr(
            "Images a second against batch size and number of processes, and what a step is spent on. Bring the "
            "results of other machines, and they stand beside this one's."
        )
    )
    if may_act():
        with st.container(border=True):
            _measuring()
        latest(SLOT, Path)
    _results()


def _measuring() -> None:
    recipes = [name for name in shipped_recipes() if kind_of(name) in MEASURED]
    first, second, third = st.columns(3, gap="medium")
    recipe = first.selectbox(
        tr("Recipe"),
        recipes,
        key=initial("bench_recipe", "products" if "products" in recipes else recipes[0]),
        help=tr("Whose network and loss are trained, on made-up pictures of the same size; nothing of it is kept."),
        persist_state="session",
    )
    batches = second.text_input(
        tr("Batch sizes"),
        key=initial("bench_batches", "8, 16, 32, 64"),
        max_chars=60,
        help=tr("Of all processes together, with commas between them."),
        persist_state="session",
    )
    processes = third.text_input(
        tr("Processes"),
        key=initial("bench_processes", ""),
        placeholder=tr("what this machine offers"),
        max_chars=40,
        help=tr("One a graphics card; on a processor they share its cores. Empty: 1 and 2, or 1 up to all cards."),
        persist_state="session",
    )
    if st.button(
        tr("Measure"), type="primary", icon=":material/speed:", key="bench_start", help=tr("A few seconds a point.")
    ):
        with shown_problems():
            sizes, counts = numbers(batches, "Batch sizes"), numbers(processes, "Processes")
            if may_act():
                start(SLOT, partial(_work, recipe, sizes, counts))


def _work(recipe: str, sizes: tuple[int, ...], counts: tuple[int, ...], on_step: OnStep) -> Path:
    from t2i_core.training.bench import BATCHES, as_json, bench_training

    bench = bench_training(recipe, batches=sizes or BATCHES, processes=counts, on_step=on_step)
    return _keep(as_json(bench), f"{bench.recipe} {bench.machine}")


def _keep(text: str, name: str) -> Path:
    """Results stay until they are removed; a newer one of the same recipe and machine replaces the older."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:110] or "result"
    path = get_settings().benchmarks / f"{slug}.json"
    atomic_write(path, text.encode())
    return path


def _results() -> None:
    folder = get_settings().benchmarks
    known = {path.name: path for path in sorted(folder.glob("*.json")) if FILE.fullmatch(path.name)}
    if may_act():
        _bring()
    if not known:
        st.info(tr("**Nothing was measured yet.**"), icon=":material/speed:")
        return
    key = "bench_shown"
    kept = [name for name in st.session_state.get(key, known) if name in known]
    st.session_state[key] = kept or list(known)
    chosen = st.multiselect(
        tr("Results"),
        list(known),
        key=key,
        format_func=lambda name: name.removesuffix(".json").replace("-", " "),
        help=tr("Those that the chart and the table compare."),
        persist_state="session",
    )
    if chosen:
        show_results([known[name] for name in chosen])


def _bring() -> None:
    with st.expander(tr("Another machine's result"), icon=":material/upload_file:"):
        st.caption(tr("There: `t2i bench training products --json > server.json`"))
        file = st.file_uploader(
            tr("Result"), type=["json"], key="bench_upload", max_upload_size=1, help=tr("What `--json` printed there.")
        )
        if file is not None and may_act():
            from t2i_core.training.bench import as_json, bench_from

            with shown_problems():
                if file.size > LARGEST:
                    raise InputError(tr("This is far larger than a result of t2i bench training --json."))
                bench = bench_from(file.getvalue())
                _keep(as_json(bench), f"{bench.recipe} {bench.machine}")
                st.caption(plain(tr("Kept: {recipe} on {machine}", recipe=bench.recipe, machine=bench.machine)))


def show_results(paths: list[Path]) -> None:
    """The chart, the verdict of each machine, and every figure."""
    from t2i_core.training.bench import PARTS, bench_from
    from t2i_core.training.bench_chart import chart
    from t2i_core.training.bench_words import heading, verdict

    benches = [bench_from(path.read_bytes()) for path in paths]
    image = chart(benches)
    st.image(image, width="stretch", alt=tr("Images a second by batch size; shares of a step"))
    for bench in benches:
        st.markdown(f"**{plain(heading(bench))}**")
        st.info(plain(verdict(bench)), icon=":material/speed:")
        rows = [
            {tr("processes"): p.processes, tr("batch"): p.batch, tr("images/s"): round(p.speed, 1) if p.fits else None}
            | {tr(part): f"{p.share(part):.0%}" if p.fits else "–" for part in PARTS}
            | ({tr("MB"): round(p.memory)} if p.memory is not None else {})
            for p in bench.points
        ]
        st.dataframe(rows, hide_index=True, alt=tr("Figures of {machine}", machine=bench.machine))
    left, right = st.columns(2)
    left.download_button(
        tr("Chart"),
        png_bytes(image, {}),
        "training-benchmark.png",
        "image/png",
        icon=":material/download:",
        help=tr("The chart above as a PNG."),
    )
    everything = json.dumps([json.loads(path.read_bytes()) for path in paths])
    right.download_button(
        tr("Figures"),
        everything,
        "training-benchmark.json",
        "application/json",
        icon=":material/download:",
        help=tr("All figures as JSON, which other studios read."),
    )
