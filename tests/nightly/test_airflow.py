"""The tests of the DAGs run where Airflow is: in its own environment, by its own Python."""

import os
import subprocess
from pathlib import Path

import pytest

from personalization.settings.nightly import NightlySettings
from stack.airflow import AirflowMissingError, airflow_environment

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 600


@pytest.fixture(scope="module")
def python() -> Path:
    """Return Airflow's Python; without one the tests are skipped, and fail where CI runs them."""
    try:
        return airflow_environment(NightlySettings()) / "bin" / "python"
    except AirflowMissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def test_the_tests_of_the_dags_pass_in_airflows_environment(python: Path) -> None:
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-rs", "--confcutdir", "tests/dags", "tests/dags"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def test_a_service_without_airflow_is_told_where_to_get_it(tmp_path: Path) -> None:
    nightly = NightlySettings(airflow_environment=str(tmp_path))

    with pytest.raises(AirflowMissingError, match=r"none in .*make setup.*requirements-airflow"):
        airflow_environment(nightly)
