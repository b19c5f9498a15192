"""Runs one DAG in an Airflow of its own, kept in the home folder."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from personalization.domain.errors import PersonalizationError
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from stack.lineage import bound_lineage, lineage_environment

DAGS_FOLDER = Path(__file__).parent.parent / "dags"
"""Where Airflow finds the DAGs; it imports them itself."""
DAG_ID = "nightly_priors"
_SUFFIX = "-airflow"


class AirflowMissingError(PersonalizationError):
    """Airflow's own environment is not there."""


def airflow_environment(nightly: NightlySettings) -> Path:
    """Return the folder of the environment that has Airflow; raises where there is none."""
    own = Path(sys.prefix)
    folder = Path(nightly.airflow_environment or own.with_name(own.name + _SUFFIX))
    if not (folder / "bin" / "airflow").exists():
        raise AirflowMissingError(
            f"Nights are run by Airflow, which has a Python environment of its own, and there is "
            f"none in {folder}. In a checkout `make setup` makes it. Elsewhere: make one with "
            f"Python 3.11, install requirements-airflow.lock and, without its dependencies, this "
            f"package into it, and name its folder in FITTING_ROOM_NIGHTLY_AIRFLOW_ENVIRONMENT."
        )
    return folder


def _version_in(folder: Path) -> str:
    found = folder.glob("lib/python*/site-packages/apache_airflow-*.dist-info")
    names = (info.name.removesuffix(".dist-info") for info in found)
    return next(names, "unknown").removeprefix("apache_airflow-")


@dataclass(frozen=True, slots=True)
class AirflowHome:
    folder: Path
    environment: dict[str, str]
    program: Path
    """Airflow's command, in its own environment."""

    @property
    def progress_file(self) -> Path:
        return self.folder / "progress.jsonl"

    @property
    def log_file(self) -> Path:
        return self.folder / "nightly.log"

    @property
    def lock_file(self) -> Path:
        """Held while a run lasts."""
        return self.folder / "nightly.lock"

    @classmethod
    def of(cls, storage: StorageSettings, nightly: NightlySettings) -> "AirflowHome":
        program = airflow_environment(nightly) / "bin" / "airflow"
        folder = storage.airflow.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        settings = _environment(folder, storage, nightly)
        return cls(folder, {**os.environ, **settings}, program)

    def migrate(self, log: IO[bytes]) -> int:
        """Make or renew Airflow's database where this version has not; return the exit code."""
        stamp = self.folder / f"migrated-{_version_in(self.program.parents[1])}"
        if stamp.exists():
            return 0
        done = subprocess.run(  # noqa: S603 (Airflow of its environment)
            [self.program, "db", "migrate"],
            env=self.environment,
            cwd=self.folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode == 0:
            stamp.touch()
        return done.returncode

    def start(
        self,
        now: datetime,
        params: Mapping[str, str | bool | list[str]],
        log: IO[bytes],
        lock: IO[str],
        dag_id: str = DAG_ID,
    ) -> subprocess.Popen[bytes]:
        """Start one run of a DAG; `now` becomes its logical date and makes it unique.

        The run leads a process group of its own, so that Spark can be stopped with it, and
        inherits the lock, which is held until the run has ended even if its starter is killed.
        """
        bound_lineage(self.folder)
        conf = {"progress_file": str(self.progress_file), **params}
        return subprocess.Popen(  # noqa: S603 (Airflow of its environment)
            [
                *(self.program, "dags", "test", dag_id, now.isoformat()),
                *("--conf", json.dumps(conf)),
            ],
            env=self.environment,
            cwd=self.folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock.fileno(),),
        )


def _environment(
    folder: Path, storage: StorageSettings, nightly: NightlySettings
) -> dict[str, str]:
    settings = {
        f"FITTING_ROOM_NIGHTLY_{name.upper()}": value
        if isinstance(value, str)
        else json.dumps(value)
        for name, value in nightly.model_dump().items()
    }
    return {
        **settings,
        # The night's application ends with this process, however that ends.
        "NIGHT_OWNER_PID": str(os.getpid()),
        "FITTING_ROOM_HOME": str(storage.home.resolve()),
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS_FOLDER),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        **lineage_environment(folder, os.environ),
        # It gives its logs rights of their own, whatever the umask.
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        # The steps run where this program does (dags/service.py).
        "FITTING_ROOM_PYTHON": sys.executable,
    }
