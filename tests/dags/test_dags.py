"""Every DAG can be imported, is documented, and says how it is to be run."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.exceptions import ParamValidationError

from dags.assets import ACTIVE_PRIORS
from dags.defaults import Tag, late_after
from dags.page import PAGE, page_of
from dags.spark_job import JOBS

DAGS_FOLDER = PAGE.parents[1] / "dags"
LONGEST_FILE = 120


@pytest.fixture(scope="module")
def bag() -> DagBag:
    """Import the folder as Airflow does."""
    return DagBag(dag_folder=DAGS_FOLDER)


@pytest.fixture(scope="module")
def dags(bag: DagBag) -> list[DAG]:
    return [bag.dags[name] for name in sorted(bag.dags)]


def test_the_folder_is_imported_without_errors(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert sorted(bag.dags) == [
        "catalogue_feed",
        "data_quality",
        "email_lists",
        "experiments",
        "nightly_off_policy",
        "nightly_priors",
        "retention",
        "unlearning",
        "warehouse_tables",
    ]


def test_only_files_of_dags_are_looked_into(bag: DagBag) -> None:
    found = sorted(Path(file_load_stat.file).name for file_load_stat in bag.dagbag_stats)
    assert found == [
        "catalogue_feed.py",
        "data_quality.py",
        "email_lists.py",
        "experiments.py",
        "nightly_off_policy.py",
        "nightly_priors.py",
        "retention.py",
        "unlearning.py",
        "warehouse_tables.py",
    ]


def test_importing_a_dag_reads_and_connects_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    modules = ", ".join(f"dags.{path.stem}" for path in sorted(DAGS_FOLDER.glob("*.py")))
    environment = {"AIRFLOW_HOME": str(tmp_path / "airflow"), "FITTING_ROOM_HOME": str(home)}
    subprocess.run([sys.executable, "-c", f"import {modules}"], env=environment, check=True)
    assert not home.exists()


def test_every_dag_is_documented_and_tagged_from_the_closed_list(dags: list[DAG]) -> None:
    for dag in dags:
        assert dag.doc_md
        assert dag.tags
        assert dag.tags <= {tag.value for tag in Tag}


def test_every_dag_says_how_it_is_scheduled(dags: list[DAG]) -> None:
    for dag in dags:
        assert (
            dag.schedule in ("@hourly", "@daily", "0 3 * * *", "0 5 * * *")
            or dag.dag_id == "email_lists"
        )
        assert dag.catchup is False
        assert dag.max_active_runs == 1
        assert dag.dagrun_timeout is not None


def test_every_dag_has_an_owner_and_is_late_before_it_is_given_up(dags: list[DAG]) -> None:
    for dag in dags:
        assert dag.owner == "fitting-room"
        assert isinstance(dag.deadline, list)
        [alert] = dag.deadline
        assert isinstance(alert.interval, timedelta)
        assert dag.dagrun_timeout is not None
        assert alert.interval < dag.dagrun_timeout, dag.dag_id
        assert alert.callback.path == "dags.alerts.report_late"


def test_a_run_by_hand_has_no_alert_of_lateness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["airflow", "dags", "test", "retention"])
    assert late_after(timedelta(hours=1)) is None


def test_every_task_is_documented_retried_and_limited_in_time(dags: list[DAG]) -> None:
    for task in (task for dag in dags for task in dag.tasks):
        assert task.doc_md or task.doc, task.task_id
        # What only tidies up is not worth another try.
        assert task.retries == 1 or task.is_teardown, task.task_id
        assert task.execution_timeout is not None, task.task_id


def test_promotion_comes_last_and_after_the_check(dags: list[DAG]) -> None:
    [nightly] = [dag for dag in dags if dag.dag_id == "nightly_priors"]
    order = [task.task_id for task in nightly.topological_sort()]
    assert order[0] == "export_history"
    assert order[-5:] == [
        "check_generation",
        "load_lists",
        "publish_generation",
        "promote_generation",
        "end_night",
    ]
    # Whether the night went well is no matter of tidying up after it.
    assert nightly.get_task("end_night").is_teardown
    assert {
        "count_days",
        "index_sessions",
        "ratings_and_popularity",
        "affinities_and_bundles",
        "trending_and_arrivals",
    } <= nightly.get_task("check_generation").get_flat_relative_ids(upstream=True)


def test_a_report_is_written_of_what_spark_summed_of_the_exported_rounds(dags: list[DAG]) -> None:
    [nightly] = [dag for dag in dags if dag.dag_id == "nightly_off_policy"]
    order = [task.task_id for task in nightly.topological_sort()]
    assert order == ["export_rounds", "off_policy", "write_report"]


def test_promotion_updates_the_asset_that_others_may_wait_for(dags: list[DAG]) -> None:
    [nightly] = [dag for dag in dags if dag.dag_id == "nightly_priors"]
    outlets = nightly.get_task("promote_generation").outlets
    assert [outlet.uri for outlet in outlets] == ["fitting-room://priors/active"]


def test_lists_for_email_wait_for_the_promoted_generation(dags: list[DAG]) -> None:
    [lists] = [dag for dag in dags if dag.dag_id == "email_lists"]
    assert lists.schedule == [ACTIVE_PRIORS]
    params = lists.params
    assert set(params) == {"placement", "audience", "format", "count", "processes"}
    for name, wrong in (("format", "xls"), ("placement", "../home"), ("count", 0)):
        with pytest.raises(ParamValidationError):
            params.get_param(name).resolve(wrong)


def test_every_spark_job_of_a_dag_exists(dags: list[DAG]) -> None:
    tasks = {task.task_id for dag in dags for task in dag.tasks}
    files = {path.stem for path in (PAGE.parents[1] / "spark_jobs" / "jobs").glob("*.py")}
    assert set(JOBS) <= tasks
    assert set(JOBS) <= files


def test_files_of_dags_stay_short(bag: DagBag) -> None:
    for file in (Path(found.fileloc) for found in bag.dags.values()):
        assert len(file.read_text("utf-8").splitlines()) <= LONGEST_FILE, file.name


def test_the_page_of_the_dags_is_not_stale(dags: list[DAG]) -> None:
    assert PAGE.read_text("utf-8") == page_of(dags)
