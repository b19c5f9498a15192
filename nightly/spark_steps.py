"""Runs a Spark job where the settings say, and waits for its end."""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from nightly.formulas import FORMULAS
from personalization.domain.errors import PersonalizationError
from personalization.settings.nightly import NightlySettings
from stack.java_home import find_java_home

_BIN = Path(sys.executable).parent
_KEPT_LINES = 30
"""What is left of Spark's words in the reason of a failure: the log has all of them."""


_WAIT_FOR_DRIVER = {"spark.standalone.submit.waitAppCompletion": "true"}
"""A standalone cluster is the only one whose submission does not wait for a driver over there."""
_DRIVER_EXIT = re.compile(r"\s*[eE]xit code: (\d+)")


class SparkStepError(PersonalizationError):
    """A Spark job failed."""


def run_spark_step(name: str, arguments: Sequence[str], conf: Mapping[str, str]) -> None:
    """Run the job `name` of `spark_jobs/jobs`; raises `SparkStepError` with the end of its log."""
    application = FORMULAS / "jobs" / f"{name}.py"
    if application not in (FORMULAS / "jobs").glob("*.py"):
        raise SparkStepError(f"There is no Spark job {name}.")
    nightly = NightlySettings()
    whole = {**_WAIT_FOR_DRIVER, **conf}
    options = [word for item in whole.items() for word in ("--conf", "=".join(item))]
    with subprocess.Popen(  # noqa: S603 (Spark of this environment)
        [
            *(str(_BIN / "spark-submit"), "--master", nightly.spark_master, *options),
            *("--name", name, "--deploy-mode", nightly.spark_deploy_mode),
            *(str(application), *arguments),
        ],
        env={**os.environ, **_environment(nightly)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        kept: deque[str] = deque(maxlen=_KEPT_LINES)
        failed_driver = False
        for line in process.stdout or ():
            sys.stdout.write(line)
            kept.append(line)
            # On Kubernetes it says how its driver ended, and ends well itself.
            found = _DRIVER_EXIT.match(line)
            failed_driver = failed_driver or (found is not None and found[1] != "0")
    if process.returncode != 0 or failed_driver:
        said = "".join(kept).strip()
        raise SparkStepError(f"The job {name} ended with {process.returncode}:\n{said}")


def _environment(nightly: NightlySettings) -> dict[str, str]:
    local = nightly.spark_master.startswith("local")
    return {
        "JAVA_HOME": str(find_java_home()),
        # Where the executors are elsewhere, they must find the driver.
        **({"SPARK_LOCAL_IP": "127.0.0.1"} if local else {}),
        "PYSPARK_PYTHON": sys.executable,
        "PATH": os.pathsep.join((str(_BIN), os.environ.get("PATH", os.defpath))),
    }
