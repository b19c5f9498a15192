"""Runs one DAG in an Airflow of its own, kept in the home folder."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from stack.java_home import find_java_home

DAGS_FOLDER = Path(__file__).parent.parent / "dags"
"""Where Airflow finds the DAGs; it imports them itself."""
DAG_ID = "nightly_priors"
_BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class AirflowHome:
    folder: Path
    environment: dict[str, str]

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
        folder = storage.airflow.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        settings = _environment(folder, storage, nightly)
        return cls(folder, {**os.environ, **settings})

    def migrate(self, log: IO[bytes]) -> int:
        """Make or renew Airflow's database where this version has not; return the exit code."""
        stamp = self.folder / f"migrated-{version('apache-airflow')}"
        if stamp.exists():
            return 0
        done = subprocess.run(  # noqa: S603 (Airflow of this environment)
            [_BIN / "airflow", "db", "migrate"],
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
        conf = {"progress_file": str(self.progress_file), **params}
        return subprocess.Popen(  # noqa: S603 (Airflow of this environment)
            [
                *(_BIN / "airflow", "dags", "test", dag_id, now.isoformat()),
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
        "FITTING_ROOM_HOME": str(storage.home.resolve()),
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS_FOLDER),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        # It gives its logs rights of their own, whatever the umask.
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW_CONN_FITTING_ROOM_SPARK": json.dumps(
            {
                "conn_type": "spark",
                "host": nightly.spark_master,
                "extra": {"deploy-mode": nightly.spark_deploy_mode},
            }
        ),
        "JAVA_HOME": str(find_java_home()),
        # Where the executors are elsewhere, they must find the driver.
        **({"SPARK_LOCAL_IP": "127.0.0.1"} if nightly.spark_master.startswith("local") else {}),
        "PYSPARK_PYTHON": sys.executable,
        "PATH": os.pathsep.join((str(_BIN), os.environ.get("PATH", os.defpath))),
    }
