"""Every setting, read once at an entry point from `nbquest.toml` and `NBQUEST_*`.

The environment wins over the file. The file is the one that `NBQUEST_CONFIG` names, else `nbquest.toml` in the working
folder. Descriptions below become docs/reference/settings.md; a setting without one fails a test.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from nbquest.errors import SettingsError

REPOSITORY = Path(__file__).resolve().parent.parent
USUAL = " A course may ask for another one."
MOST = " that a course may ask for; never below the site's usual one."


def default_data_dir() -> Path:
    """Return where a site keeps its data when nothing is set: a system folder for root, else the user's own."""
    if os.geteuid() == 0:
        return Path("/var/lib/nbquest")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "nbquest"


class Settings(BaseSettings):
    """The settings of one site."""

    model_config = SettingsConfigDict(env_prefix="NBQUEST_", extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Folder of everything that lasts: database, files, learners' homes, secrets, logs.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the site listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that the site listens on.")

    database_url: SecretStr | None = Field(
        default=None,
        description="SQLAlchemy address of a Postgres to use (`postgresql+psycopg://...`). "
        "Unset: a Postgres of the site's own is started in the data folder.",
    )
    hub_database_url: SecretStr | None = Field(
        default=None,
        description="Address of JupyterHub's own tables. Unset: the same database, in a schema named `jupyterhub`.",
    )

    spawner: Literal["auto", "docker", "local"] = Field(
        default="auto",
        description="Where learners' servers run: in Docker containers, in bubblewrap on this machine (`local`), "
        "or whichever is to be had, Docker first (`auto`).",
    )
    insecure: bool = Field(
        default=False,
        description="Run learners' code without isolation where none is to be had. Only on a machine of your own.",
    )
    singleuser_image: str = Field(
        default="nbquest/singleuser:latest",
        description="Image of a learner's container, for the Docker spawner.",
    )
    docker_network: str = Field(default="nbquest", description="Docker network that learners' containers join.")
    learner_environment: Path = Field(
        default=REPOSITORY / ".venv-learner",
        description="Virtual environment that local learners' servers and the grading sandbox run.",
    )
    learner_memory_mb: int = Field(default=1024, ge=256, description="Memory limit of one learner's server, in MiB.")
    learner_cpus: float = Field(default=1.0, gt=0, description="Processor limit of one learner's server, in cores.")
    learner_uid_base: int = Field(
        default=500_000,
        ge=1000,
        description="As root, a learner's server runs under this user id plus the Hub's number of the person.",
    )
    idle_minutes: int = Field(
        default=60, ge=1, description="Minutes without activity after which a learner's server is stopped."
    )
    open_signup: bool = Field(default=True, description="Whether anyone who reaches the site may sign up.")

    grading_workers: int = Field(default=2, ge=1, le=64, description="Submissions graded at the same time.")
    worker_environments: str = Field(
        default="all",
        description="What a worker grades: `all` that its machine has the packages for, or some of these, with commas "
        "between: `base` (courses that bring no packages), and names that `nbquest environments list` shows.",
    )
    grading_warm: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Fork servers that a worker keeps warm, one for each environment and set of imported modules; each "
        "takes 100 to 200 MB.",
    )
    grading_cell_seconds: float = Field(default=30, gt=0, description="Time limit of one cell, in seconds." + USUAL)
    grading_total_seconds: float = Field(
        default=120, gt=0, description="Time limit of a whole notebook, in seconds." + USUAL
    )
    grading_memory_mb: int = Field(default=1024, ge=128, description="Memory limit of a grading run, in MiB." + USUAL)
    grading_output_kb: int = Field(
        default=1024, ge=1, description="Output that is kept of a grading run, in KiB." + USUAL
    )
    grading_disk_mb: int = Field(default=256, ge=1, description="Disk that a grading run may fill, in MiB." + USUAL)
    grading_processes: int = Field(
        default=128, ge=8, description="Processes and threads that a grading run may have." + USUAL
    )
    grading_max_cell_seconds: float = Field(default=120, gt=0, description="The most `cell_seconds`" + MOST)
    grading_max_total_seconds: float = Field(default=600, gt=0, description="The most `total_seconds`" + MOST)
    grading_max_memory_mb: int = Field(default=2048, ge=128, description="The most `memory_mb`" + MOST)
    grading_max_output_kb: int = Field(default=8192, ge=1, description="The most `output_kb`" + MOST)
    grading_max_disk_mb: int = Field(default=1024, ge=1, description="The most `disk_mb`" + MOST)
    grading_max_processes: int = Field(default=256, ge=8, description="The most `processes`" + MOST)
    course_packages: bool = Field(
        default=True,
        description="Whether courses may bring Python packages of their own. They are installed when a course is "
        "published, as wheels, from the package index that pip is set up for.",
    )

    max_submission_mb: int = Field(default=20, ge=1, le=512, description="Size limit of one submission, in MiB.")
    quota_person_mb: int = Field(
        default=2048,
        ge=0,
        description="Submissions and drafts of one person that are kept, over all courses, in MiB. 0: no limit.",
    )
    quota_course_mb: int = Field(
        default=0,
        ge=0,
        description="Submissions and drafts that are kept in one course, of all people, in MiB. 0: no limit. A course "
        "may ask for less.",
    )

    files_url: str | None = Field(
        default=None,
        description="Where stored files lie: a folder, or `s3://bucket/prefix`. Unset: `files` in the data folder.",
    )
    files_endpoint: str | None = Field(
        default=None, description="Address of the S3 server, with `https://`. Unset: Amazon's."
    )
    files_region: str | None = Field(default=None, description="Region of the bucket. Unset: as `AWS_REGION` says.")
    files_credentials: Path | None = Field(
        default=None,
        description="File of mode 600 with the bucket's keys, in the form of `~/.aws/credentials`. Unset: "
        "`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or what else of Amazon's there is.",
    )
    files_grace_hours: float = Field(
        default=24, ge=0, description="Hours for which `nbquest files collect` leaves a new file alone."
    )

    files_collect_hour: int = Field(
        default=3,
        ge=-1,
        le=23,
        description="Hour of the day, in UTC, in which a worker does by itself what `nbquest files collect` does. "
        "-1: never.",
    )

    hub_port: int = Field(default=0, ge=0, description="Port of the Hub's own address on the loopback. 0: a free one.")
    proxy_api_port: int = Field(default=0, ge=0, description="Port of the proxy's control address. 0: a free one.")
    service_port: int = Field(default=0, ge=0, description="Port of the web service behind the proxy. 0: a free one.")
    demo_accounts_file: Path | None = Field(
        default=None,
        description="File (mode 600) of accounts that are made at start, written by `nbquest serve --demo`.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file."""
        file = Path(os.environ.get("NBQUEST_CONFIG", "nbquest.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    @property
    def secrets_dir(self) -> Path:
        """Folder of mode 700 that holds the site's secrets, one file of mode 600 each."""
        return self.data_dir / "secrets"

    @field_validator("files_url")
    @classmethod
    def _files_url_is_a_place(cls, value: str | None) -> str | None:
        """A folder, or a bucket without credentials in its address."""
        scheme, separator, rest = (value or "").partition("://")
        if not separator:
            # The site's processes run in different folders.
            if value and not Path(value).is_absolute():
                raise ValueError("needs the whole path of a folder, from /, or s3://bucket/prefix")
            return value or None
        if scheme != "s3" or not rest.partition("/")[0]:
            raise ValueError("needs a folder, or s3://bucket/prefix")
        if "@" in rest or "?" in rest or "#" in rest:
            raise ValueError("is s3://bucket/prefix and nothing else: keys come from files_credentials or AWS_*")
        return value

    @property
    def files_in_s3(self) -> bool:
        """Whether stored files lie in a bucket rather than in a folder."""
        return (self.files_url or "").startswith("s3://")

    @property
    def blobs_dir(self) -> Path:
        """Folder of stored files, named by their SHA-256, where they lie in a folder."""
        if self.files_url is not None and not self.files_in_s3:
            return Path(self.files_url)
        return self.data_dir / "files"

    @property
    def homes_dir(self) -> Path:
        """Folder of local learners' homes."""
        return self.data_dir / "homes"

    @property
    def environments_dir(self) -> Path:
        """Folder of the environments of courses that bring packages of their own."""
        return self.data_dir / "environments"

    @property
    def logs_dir(self) -> Path:
        """Folder of the processes' logs."""
        return self.data_dir / "logs"

    @property
    def public_url(self) -> str:
        """Address of the site on this machine, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def load_settings() -> Settings:
    """Read the settings; raise SettingsError naming each one that can't be used."""
    known = {f"NBQUEST_{name.upper()}" for name in Settings.model_fields} | {"NBQUEST_CONFIG"}
    unknown = sorted(name for name in os.environ if name.startswith("NBQUEST_") and name not in known)
    if unknown:
        raise SettingsError(f"Unknown setting {unknown[0]}. docs/reference/settings.md lists those there are.")
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"Can't read the settings: {problems}") from None
    except ValueError as error:
        raise SettingsError(f"Can't read nbquest.toml: {error}") from None
