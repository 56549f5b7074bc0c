"""Where a run happens, on what machines, and for how long."""

from dataclasses import dataclass

import streamlit as st

from t2i_core.jobs import service
from t2i_core.jobs.check import MOST_PROCESSES
from t2i_core.jobs.prices import HOURLY, estimate
from t2i_core.settings import Settings, get_settings
from t2i_core.training.recipe import read_toml, section_of
from t2i_core.ui.draft import initial
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import plain

PLACES = {"local": N_("This machine"), "huggingface": "Hugging Face", "ray": N_("Ray cluster"), "slurm": "Slurm"}
AWAY = ("huggingface",)  # places that see no files of this machine
BUDGETS = {"minutes": N_("Minutes"), "steps": N_("Steps")}
USUAL_MINUTES, USUAL_STEPS = 60.0, 10_000


@dataclass(frozen=True)
class Where:
    """The place and what is asked of it."""

    place: str
    processes: int
    flavor: str | None
    timeout_minutes: float
    keep_minutes: float | None = None

    @property
    def away(self) -> bool:
        """Whether the place sees no files of this machine."""
        return self.place in AWAY


@dataclass(frozen=True)
class Budget:
    """How long to train: minutes, or steps as an override; neither leaves it to the recipe."""

    minutes: float | None = None
    overrides: tuple[str, ...] = ()


def choose_place() -> Where:
    """The place, its machines and its time limit. Raises JobError where the place cannot be used yet."""
    place = st.segmented_control(
        tr("Where"),
        list(PLACES),
        default="local",
        key="training_place",
        required=True,
        format_func=lambda one: tr(PLACES[one]),
        help=tr("Who runs the training. This machine needs nothing; the others need an account or a cluster."),
        persist_state="session",
    )
    place = str(place or "local")
    if missing := not_ready(place, get_settings()):
        st.warning(missing, icon=":material/settings_alert:")
    service.open_jobs().launcher(place)
    flavor = _machine(place)
    left, right = st.columns(2, gap="medium")
    processes = left.number_input(
        tr("Processes"),
        1,
        MOST_PROCESSES,
        key=initial("training_processes", 1),
        help=tr(
            "They share each batch: one a graphics card. On processors, two rarely train faster than one: the "
            "Benchmark tab measures it."
        ),
        persist_state="session",
    )
    hours = right.number_input(
        tr("Time limit, hours"),
        0.1,
        744.0,
        step=1.0,
        format="%g",
        key=initial("training_limit", 24.0),
        help=tr("The place ends the run after this, whatever it does: what bounds the cost. It can be resumed."),
        persist_state="session",
    )
    return Where(place, int(processes or 1), flavor, 60 * float(hours or 24), _kept_every(place))


def _kept_every(place: str) -> float | None:
    if place not in AWAY:
        return None
    minutes = st.number_input(
        tr("Keep the run on the Hub every so many minutes"),
        1.0,
        1440.0,
        step=5.0,
        format="%g",
        key=initial("training_keep", 15.0),
        help=tr(
            "The machine's disk is lost with it: what was trained since the last time is lost too where it breaks."
        ),
        persist_state="session",
    )
    return float(minutes or 15)


def not_ready(place: str, settings: Settings) -> str | None:
    """What must be set before jobs can run at a place, in Markdown; None where nothing is missing."""
    if place == "huggingface" and not settings.hub_repo:
        return tr("Set `T2I_HUB_REPO=owner/name`: a Hugging Face job's disk is lost, and its model goes there.")
    if place == "ray" and not settings.ray_address:
        return tr("Set `T2I_RAY_ADDRESS=http://head:8265` to your cluster's address.")
    return None


def _machine(place: str) -> str | None:
    if place == "huggingface":
        flavor = st.selectbox(
            tr("Machine"),
            list(HOURLY),
            key=initial("training_flavor", "t4-small"),
            format_func=lambda one: tr("{machine}, ${price:.2f} an hour", machine=one, price=HOURLY[one]),
            help=tr("What the Hub rents out, and its price when this studio was made; the bill is the Hub's."),
            persist_state="session",
        )
        return str(flavor)
    if place == "slurm":
        partition = st.text_input(
            tr("Partition"),
            key=initial("training_partition", ""),
            max_chars=60,
            help=tr("Of the cluster's queues; empty leaves it to the cluster."),
            persist_state="session",
        )
        return partition.strip() or None
    return None


def choose_budget(recipe: str, where: Where) -> Budget:
    """How long to train, and what that costs where somebody charges for it."""
    kind, amount = usual_budget(recipe)
    left, right = st.columns(2, gap="medium")
    with left:
        chosen = st.segmented_control(
            tr("Budget in"),
            list(BUDGETS),
            default=kind,
            key=f"training_budget_{recipe}",
            required=True,
            format_func=lambda one: tr(BUDGETS[one]),
            help=tr(
                "Minutes of the clock while it trains, or a number of steps. The learning rate falls towards its end."
            ),
            persist_state="session",
        )
    given = right.number_input(
        tr(BUDGETS[str(chosen)]),
        min_value=1.0 if chosen == "minutes" else 1,
        step=10.0 if chosen == "minutes" else 100,
        format="%g" if chosen == "minutes" else "%d",
        key=initial(f"training_{chosen}_{recipe}", amount if chosen == kind else _usual(str(chosen))),
        help=tr("The recipe's own budget stands here first."),
        persist_state="session",
    )
    if chosen == "steps":
        return Budget(overrides=(f"loop.steps={int(given or 1)}",))
    minutes = float(given or 1)
    if where.flavor in HOURLY and (cost := estimate(str(where.flavor), minutes)) is not None:
        most = estimate(str(where.flavor), where.timeout_minutes) or 0.0
        st.caption(
            plain(
                tr(
                    "About ${cost:.2f} for {minutes:g} minutes of training; at most ${most:.2f} by the time limit.",
                    cost=cost,
                    minutes=minutes,
                    most=most,
                )
            )
        )
    return Budget(minutes=minutes)


def usual_budget(recipe: str) -> tuple[str, float | int]:
    """The recipe's own budget, as one of BUDGETS."""
    loop = section_of(read_toml(recipe), "loop")
    if "steps" in loop:
        return "steps", int(str(loop["steps"]))
    return "minutes", float(str(loop.get("minutes", loop.get("cpu_minutes", USUAL_MINUTES))))


def _usual(kind: str) -> float | int:
    return USUAL_STEPS if kind == "steps" else USUAL_MINUTES
