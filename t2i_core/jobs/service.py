"""Submits training jobs to the places that run them, and keeps what becomes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from t2i_core.errors import InputError, JobError
from t2i_core.images import atomic_write
from t2i_core.jobs.aftermath import Aftermath, aftermath_of, checkpoint_of
from t2i_core.jobs.spec import JobSpec, Launcher, Reporting, State, Times, Timing
from t2i_core.jobs.store import JobRecord, JobStore
from t2i_core.jobs.version import code_version
from t2i_core.settings import Settings, get_settings
from t2i_core.training.health import Line, read_metrics

# Module and class; a class takes `settings=`, and is imported when its place is first asked for.
PLACES = {
    "local": ("t2i_core.jobs.local", "LocalLauncher"),
    "ray": ("t2i_core.jobs.ray", "RayLauncher"),
    "huggingface": ("t2i_core.jobs.huggingface", "HuggingFaceLauncher"),
    "slurm": ("t2i_core.jobs.slurm", "SlurmLauncher"),
}
HERE = ("local", "slurm")  # places that see this machine's files
HANDED_OVER = 600.0  # seconds within which a place has taken a job, or the studio was stopped meanwhile


class Jobs:
    """The jobs of this machine, wherever they run. Any number of sessions may use the same store.

    makers: gives the launcher of a name; tests put their own there
    """

    def __init__(
        self, store: JobStore, settings: Settings, makers: Mapping[str, Callable[[Settings], Launcher]] | None = None
    ) -> None:
        self.store = store
        self.settings = settings
        self._makers = makers
        self._launchers: dict[str, Launcher] = {}

    def launcher(self, name: str) -> Launcher:
        """The place of that name. Raises JobError where there is none, or where its extra is not installed."""
        if name not in self._launchers:
            self._launchers[name] = (self._makers[name] if self._makers else _maker(name))(self.settings)
        return self._launchers[name]

    def submit(self, launcher: str, spec: JobSpec) -> JobRecord:
        """Hands a job to a place and keeps it.

        Raises JobError where the place refuses it, or where the run's folder is taken; InputError for a recipe that
        cannot be read.
        """
        place = self.launcher(launcher)
        spec = absolute(spec) if launcher in HERE else spec
        if launcher in HERE and not spec.resume and checkpoint_of(Path(spec.run)):
            raise JobError(f"{spec.run} already holds a run. Resume its job, or choose another folder.")
        recipe = recipe_text(spec.recipe)
        record = self.store.add(launcher, spec, code=code_version(), recipe=recipe, price=_price(launcher, spec.flavor))
        try:
            place_id = place.submit(self._with_recipe(record, spec))
        except BaseException:
            self.store.forget(record.id)
            raise
        self.store.placed(record.id, place_id)
        return self.store.get(record.id)

    def list(self) -> Sequence[JobRecord]:
        """The jobs as they were last seen, newest first."""
        return self.store.list()

    def get(self, job: str) -> JobRecord:
        """A job as it was last seen. Raises JobError where there is none of that id."""
        return self.store.get(job)

    def refresh(self, job: str | None = None) -> None:
        """Asks the places about the jobs that have not ended, or about one. A place that cannot be asked leaves a note
        in its jobs, which stay as they are."""
        for record in [self.store.get(job)] if job else self.store.list(active_only=True):
            if not record.state.ended:
                self._refresh(record)

    def logs(self, job: str, last: int = 200) -> Sequence[str]:
        """The last lines that the job printed; those that were kept when its place has forgotten them."""
        record = self.store.get(job)
        try:
            lines = self.launcher(record.launcher).logs(record.place_id, last) if record.place_id else ()
        except JobError:
            if not record.state.ended:
                raise
            lines = ()
        return lines or record.tail[-last:]

    def metrics(self, job: str) -> Sequence[Line]:
        """The lines of the run's metrics, oldest first; none where it has none yet."""
        record = self.store.get(job)
        return self._metrics(record) or self.store.metrics(job)

    def aftermath(self, job: str) -> Aftermath:
        """What a failed or cancelled job left: its last lines, and what it can be resumed from, in words."""
        record = self.store.get(job)
        return aftermath_of(record, self.logs(job, last=20))

    def cancel(self, job: str) -> JobRecord:
        """Ends a job with all its processes; one that has ended already is left as it is."""
        self.refresh(job)
        record = self.store.get(job)
        if not record.state.ended:
            if record.place_id:
                self.launcher(record.launcher).cancel(record.place_id)
            self._ended(record, State.CANCELLED)
        return self.store.get(job)

    def resume(self, job: str) -> JobRecord:
        """Starts an ended job anew from its last checkpoint, or from the beginning where it has none, with the recipe
        it was submitted with. Raises JobError where it has not ended, or where its place refuses."""
        self.refresh(job)
        record = self.store.get(job)
        if not record.state.ended:
            raise JobError(f"Job {job} is {record.state}: there is nothing to resume.")
        again = record.launcher not in HERE or checkpoint_of(Path(record.spec.run)) is not None
        spec = replace(record.spec, resume=again)
        if not self.store.move(job, record.state, State.QUEUED, spec=spec):
            raise JobError(f"Job {job} is being resumed already.")
        try:
            place_id = self.launcher(record.launcher).submit(self._with_recipe(record, spec))
        except BaseException as problem:
            self.store.move(job, State.QUEUED, State.FAILED, note=f"It could not be resumed: {problem}"[:500])
            raise
        self.store.placed(job, place_id)
        return self.store.get(job)

    def _refresh(self, record: JobRecord) -> None:
        if not record.place_id:
            self._never_taken(record)
            return
        try:
            state = self.launcher(record.launcher).status(record.place_id)
        except JobError as problem:
            self.store.note(record.id, f"Its place cannot be asked: {problem}")
            return
        self.store.keep_metrics(record.id, self._metrics(record))
        if state.ended:
            self._ended(record, state)
        elif state is not record.state:
            began = self._times(record).began if state is State.RUNNING else None
            self.store.move(record.id, record.state, state, at=began)
        elif record.note:
            self.store.note(record.id, "")

    def _ended(self, record: JobRecord, state: State) -> None:
        try:
            lines = self.logs(record.id, last=50)
        except JobError:
            lines = ()
        self.store.keep_tail(record.id, lines)
        note, times = aftermath_of(record, lines).reason if state is State.FAILED else "", self._times(record)
        before = record.state
        if before is State.QUEUED and times.began is not None:  # it ran while nobody was looking
            self.store.move(record.id, before, State.RUNNING, at=times.began)
            before = State.RUNNING
        self.store.move(record.id, before, state, note=note, at=times.ended)

    def _times(self, record: JobRecord) -> Times:
        launcher = self.launcher(record.launcher)
        if isinstance(launcher, Timing) and record.place_id:
            try:
                return launcher.times(record.place_id)
            except JobError:
                return Times()
        return Times()

    def _never_taken(self, record: JobRecord) -> None:
        age = self.store.now() - record.history[-1].at.timestamp()
        if age > HANDED_OVER:
            note = "The studio was stopped before the place had taken it."
            self.store.move(record.id, record.state, State.FAILED, note=note)

    def _metrics(self, record: JobRecord) -> Sequence[Line]:
        try:
            return read_metrics(Path(record.spec.run))
        except InputError:
            pass
        launcher = self.launcher(record.launcher)
        if isinstance(launcher, Reporting) and record.place_id:
            try:
                return launcher.metrics(record.place_id)
            except JobError:
                return ()
        return ()

    def _with_recipe(self, record: JobRecord, spec: JobSpec) -> JobSpec:
        """The spec with the very recipe that was submitted, in a file of the job's own, where the name that it was
        submitted under leads to another one, or may before it starts."""
        if not Path(spec.recipe).suffix and recipe_text(spec.recipe) == record.recipe:
            return spec
        file = self.settings.job_files / "recipes" / f"{record.id}.toml"
        atomic_write(file, record.recipe.encode())
        return replace(spec, recipe=str(file))


def open_jobs() -> Jobs:
    """The jobs of this machine."""
    settings = get_settings()
    return Jobs(JobStore(settings.jobs), settings)


def recipe_text(source: str) -> str:
    """A recipe's file as it stands now. Raises InputError where there is none."""
    from t2i_core.training import recipe  # brings torch, which a list of jobs does without

    return recipe.recipe_text(source)


def absolute(spec: JobSpec) -> JobSpec:
    """The spec with paths that mean the same from any folder."""
    recipe = Path(spec.recipe)
    init = spec.init and Path(spec.init)
    return replace(
        spec,
        recipe=str(recipe.absolute()) if recipe.suffix else spec.recipe,
        run=str(Path(spec.run).expanduser().absolute()),
        data=tuple(str(Path(path).expanduser().absolute()) for path in spec.data),
        init=str(init.absolute()) if init and init.is_dir() else spec.init,
    )


def _maker(name: str) -> Callable[[Settings], Launcher]:
    if name not in PLACES:
        raise JobError(f"There is no place “{name[:40]}” to run a job. Choose one of: {', '.join(PLACES)}.")
    module, cls = PLACES[name]
    try:
        found: type[Launcher] = getattr(import_module(module), cls)
    except ImportError as problem:
        raise JobError(
            f"Jobs on {name} need more than is installed here ({problem}): python -m pip install 't2i_core[{name}]'"
        ) from problem
    return lambda settings: found(settings=settings)  # type: ignore[call-arg]


def _price(launcher: str, flavor: str | None) -> float | None:
    """US dollars an hour; only Hugging Face publishes what it charges."""
    if launcher != "huggingface":
        return None
    from t2i_core.jobs.huggingface import FLAVOR
    from t2i_core.jobs.prices import current_prices, hourly

    return hourly(flavor or FLAVOR, current_prices())
