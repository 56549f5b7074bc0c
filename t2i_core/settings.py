"""Everything the environment decides: variables that start with T2I_, read once."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from t2i_core.errors import InputError

BESIDE_THE_CODE = Path(__file__).resolve().parents[1] / "weights"


class Settings(BaseSettings):
    """Where the studio keeps and finds things, and what it may use. Each field is set by T2I_<FIELD>.

    home: the gallery and its pictures
    weights: the models' folders; without it the repository's own, or `home`/weights where the code is installed alone
    data: the folder of the product files that models are trained on and judged by
    device: auto, cpu, mps, cuda or cuda:<index>
    precision: fp32, bf16 (faster where the processor has the instructions for it), or auto: bf16 where it is faster
    threads: processor threads a generation may use; without it torch decides
    at_once: how many batches of pictures are drawn at once; who comes later waits in line
    hub_namespace: the Hugging Face user or organisation in which a model's bare name is looked up
    hub_repo: a Hugging Face repository that holds one folder a model: a bare name is looked up there too, and jobs put
        there what they trained
    offline: never ask the Hub, use what was downloaded before
    check_folder: a folder whose pictures visitors of the abuse page may have checked; without it, only what they upload
    fetch: whether the abuse page may fetch pictures from the addresses in a catalogue
    pose: what finds people in photos: the shipped network, or mediapipe, which reports its use to its maker
    admin_token: the word that lets a visitor train, cancel and adopt models on the training page
    public: whether visitors are strangers, who may only look at that page without the word; without it, everyone is a
        stranger who did not come to localhost from this machine itself
    local_jobs: how many training jobs may run on this machine at once; further ones wait
    slurm_options: further options of sbatch, as JSON: {"account": "shop", "gres": "gpu:{processes}"}
    ray_address: the Ray cluster that jobs are sent to, e.g. http://head:8265
    ray_install: whether its machines lack the packages the studio is built on, so that each job brings them
    job_namespace: the Hugging Face user or organisation that Hugging Face jobs run and are paid under
    job_image: the Docker image of Hugging Face jobs
    job_source: where such a job installs the studio from: a Hub repository (owner/name, spaces/owner/name) or an
        address that pip takes; without it, the image holds the studio
    """

    model_config = SettingsConfigDict(env_prefix="T2I_", env_ignore_empty=True, frozen=True)

    home: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "t2i")
    weights: Path | None = None
    data: Path | None = None
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d{1,2})?)$")
    precision: str = Field(default="auto", pattern=r"^(auto|fp32|bf16)$")
    threads: int | None = Field(default=None, ge=1, le=1024)
    at_once: int = Field(default=1, ge=1, le=64)
    hub_namespace: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    hub_repo: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$")
    offline: bool = False
    check_folder: Path | None = None
    fetch: bool = False
    pose: str = Field(default="network", pattern=r"^(network|mediapipe)$")
    admin_token: SecretStr | None = Field(default=None, min_length=8)
    public: bool | None = None
    local_jobs: int = Field(default=1, ge=1, le=64)
    slurm_options: dict[str, str] = {}
    ray_address: str | None = None
    ray_install: bool = False
    job_namespace: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    job_image: str = "python:3.12"
    job_source: str | None = None

    @field_validator("home", "weights", "data", "check_folder")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

    @property
    def weights_folder(self) -> Path:
        """The folder that holds one folder a model."""
        if self.weights:
            return self.weights
        return BESIDE_THE_CODE if BESIDE_THE_CODE.is_dir() else self.home / "weights"

    @property
    def own_models(self) -> Path:
        """The folder of models that were trained here and are used on the pages."""
        return self.home / "weights"

    @property
    def benchmarks(self) -> Path:
        """The folder of measured training speeds, of this machine and of others."""
        return self.home / "benchmarks"

    @property
    def cache(self) -> Path:
        """What training and evaluation prepared and may use again; it can be deleted at any time."""
        return self.home / "cache"

    @property
    def gallery(self) -> Path:
        """The SQLite file that lists every kept picture."""
        return self.home / "gallery.sqlite"

    @property
    def pictures(self) -> Path:
        """The folder of kept pictures."""
        return self.home / "pictures"

    @property
    def checks(self) -> Path:
        """The folder of checks that were begun: a stopped one goes on from here."""
        return self.cache / "checks"

    @property
    def jobs(self) -> Path:
        """The SQLite file of training jobs."""
        return self.home / "jobs.sqlite"

    @property
    def job_files(self) -> Path:
        """The folder of what each job was started with, and what it printed."""
        return self.home / "jobs"

    @property
    def runs(self) -> Path:
        """The folder of the runs that are started from the page."""
        return self.home / "runs"

    @property
    def prepared(self) -> Path:
        """The folder of prepared data that the page offers to train on."""
        return self.home / "prepared"

    @property
    def opinions(self) -> Path:
        """The SQLite file of what moderators said of verdicts."""
        return self.home / "abuse.sqlite"

    @property
    def profiles(self) -> Path:
        """The folder of saved profiles of the abuse check."""
        return self.home / "profiles"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process. Raises InputError, naming the variable, for a value that makes no sense."""
    try:
        return Settings()
    except ValidationError as problem:
        first = problem.errors()[0]
        name = "T2I_" + str(first["loc"][0]).upper()
        said = "what it is" if "TOKEN" in name else f"“{first['input']}”"  # a secret is never repeated
        raise InputError(f"The environment variable {name} cannot be {said}: {first['msg']}.") from problem
