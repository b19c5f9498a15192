"""Off-policy evaluation over the histories of a shop: the command, and a day of the night."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from nightly.off_policy_day import export_day, report
from nightly.wiring import open_past
from personalization.domain.asked import Asked, Strategy
from personalization.off_policy import round_columns as names
from personalization.off_policy.night import REPORT, SUMS
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from spark_jobs import schemas
from spark_jobs.jobs.off_policy import policy_sums
from stack.airflow import AirflowHome
from tests.builders.made_up_decisions import MADE_UP, impressions_of_nothing
from tests.builders.moments import NOON
from tests.builders.shown_slate import ShownSlate
from tests.integration.command_line import run_over

SLATES = 400
ROW_EVERY = 4
"""One slate of these is a row's, the others are of profiles."""
ROW_IMPRESSIONS = 3 * SLATES // ROW_EVERY
LONGEST_SECONDS = 300
NEXT_DAY = NOON + timedelta(days=1)
left_open = pytest.mark.filterwarnings("ignore:.*unclosed <socket")
"""PySpark leaves the sockets of `collect` to the garbage collector."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> CoreSettings:
    """Return the settings of a shop whose shoppers buy `p2` wherever they see it."""
    settings = CoreSettings(storage=StorageSettings(home=tmp_path_factory.mktemp("home")))
    similar = Asked(nonce="row", strategy=Strategy.SIMILAR)
    slates = [
        ShownSlate.make(number, epsilon=0.5)
        if number % ROW_EVERY
        else ShownSlate.make(number, epsilon=0.5, placement="beside", asked=similar)
        for number in range(SLATES)
    ]
    with open_kept(settings) as kept:
        kept.decisions.append([slate.record for slate in slates])
        kept.history.append([slate.impression() for slate in slates])
        bought = [slate.checkout(p) for slate in slates for p in slate.products if p == "p2"]
        kept.history.append(bought)
        # As strangers sent them before the API refused them.
        kept.history.append(impressions_of_nothing())
    return settings


@pytest.fixture
def waiting(tmp_path: Path) -> CoreSettings:
    """Return the settings of a shop whose first impressions are a moment old."""
    settings = CoreSettings(storage=StorageSettings(home=tmp_path))
    slate = ShownSlate.make(1, decided_at=datetime.now(UTC))
    with open_kept(settings) as kept:
        kept.decisions.append([slate.record])
        kept.history.append([slate.impression(after=timedelta())])
    return settings


def test_the_command_gives_every_policy_by_every_estimator(shop: CoreSettings) -> None:
    found = json.loads(run_over(shop, "off-policy", "--json"))
    by_name = {(estimate["policy"], estimate["estimator"]): estimate for estimate in found}

    assert len(found) == 6 * 5
    served, popular = by_name["served", "ips"], by_name["popularity", "snips"]
    assert served["rounds"] == 3 * SLATES
    assert (served["standing"], served["sessions"]) == ("supported", SLATES)
    # Whoever shows the most popular product shows the one that is bought.
    assert popular["low"] > served["high"]
    assert by_name["popularity", "dm"]["standing"] == "model only"


def test_the_table_can_be_narrowed_and_says_why_it_refuses(shop: CoreSettings) -> None:
    table = run_over(
        shop, "off-policy", "--policy", "greedy", "--policy", "uniform", "--estimator", "snips"
    )

    assert "snips" in table
    assert "switch-dr" not in table
    assert "supported" in table
    assert "popularity" not in table
    assert f"{2 * len(MADE_UP)} impressions are of what was never shown" in table


def test_what_was_shown_elsewhere_or_by_another_strategy_can_be_left_out(
    shop: CoreSettings,
) -> None:
    def rounds(*asked: str) -> int:
        said = run_over(shop, "off-policy", "--policy", "served", "--json", *asked)
        return int(json.loads(said)[0]["rounds"])

    row = ("--placement", "beside")
    assert rounds() == 3 * SLATES
    assert rounds("--placement", "home", "--strategy", "profile") == 3 * SLATES - ROW_IMPRESSIONS
    assert rounds(*row) == rounds("--strategy", "similar") == ROW_IMPRESSIONS
    assert rounds(*row, "--placement", "home") == 3 * SLATES
    none = run_over(shop, "off-policy", *row, "--strategy", "rank", expect=1)
    assert "none is of what was asked" in none


def test_the_intervals_can_be_drawn(shop: CoreSettings, tmp_path: Path) -> None:
    picture = tmp_path / "intervals.png"

    run_over(shop, "off-policy", "--plot", str(picture))

    assert picture.read_bytes().startswith(b"\x89PNG")


def test_days_without_decisions_are_told_from_those_whose_outcomes_are_awaited(
    shop: CoreSettings, waiting: CoreSettings
) -> None:
    none = run_over(shop, "off-policy", "--since", "2030-01-01", expect=1)
    awaited = run_over(waiting, "off-policy", expect=1)

    assert "No decision of these days was seen" in none
    assert "All 3 impressions still wait for their outcome" in awaited


def test_a_policy_that_nobody_knows_is_named(shop: CoreSettings) -> None:
    assert "There are served, greedy" in run_over(shop, "off-policy", "--policy", "x", expect=2)


@left_open
def test_the_night_reports_what_the_command_says(shop: CoreSettings, spark: SparkSession) -> None:
    with open_past(shop.storage) as stores:
        folder = export_day(stores, NOON.date(), NEXT_DAY)
        assert export_day(stores, NOON.date(), NEXT_DAY) == folder
    frame = spark.read.schema(schemas.LOGGED_ROUNDS).parquet(f"file://{folder}/rounds.parquet")
    of_rows = frame.where("placement = 'beside' AND strategy = 'similar'").count()
    assert (of_rows, frame.where("strategy = 'profile'").count()) == (
        ROW_IMPRESSIONS,
        3 * SLATES - ROW_IMPRESSIONS,
    )
    (folder / names.SUMS_FILE).write_bytes(SUMS.encode(policy_sums(frame)))
    written = REPORT.decode(report(folder).read_bytes())
    said = json.loads(run_over(shop, "off-policy", "--json"))
    expected = {(estimate["policy"], estimate["estimator"]): estimate for estimate in said}

    assert folder.name == f"day={NOON.date()}"
    assert (written.day, written.rounds, written.sessions) == (NOON.date(), 3 * SLATES, SLATES)
    assert written.made_up == 2 * len(MADE_UP)
    assert len(written.estimates) == len(said)
    for estimate in written.estimates:
        other = expected[estimate.policy, estimate.estimator.value]
        assert estimate.value == pytest.approx(other["value"], abs=1e-9)
        assert (estimate.interval and estimate.interval.high) == pytest.approx(
            other["high"], abs=1e-9
        )
        assert list(estimate.verdict.reasons) == other["reasons"]


@left_open
def test_a_day_without_decisions_is_reported_empty(shop: CoreSettings, spark: SparkSession) -> None:
    with open_past(shop.storage) as stores:
        folder = export_day(stores, NEXT_DAY.date(), NEXT_DAY + timedelta(days=1))
    frame = spark.read.schema(schemas.LOGGED_ROUNDS).parquet(f"file://{folder}/rounds.parquet")
    (folder / names.SUMS_FILE).write_bytes(SUMS.encode(policy_sums(frame)))

    written = REPORT.decode(report(folder).read_bytes())

    assert (written.rounds, written.estimates) == (0, ())


def test_airflow_runs_the_whole_night(shop: CoreSettings) -> None:
    airflow = AirflowHome.of(shop.storage, NightlySettings())
    day = NOON.date().isoformat()
    with airflow.lock_file.open("w") as lock, airflow.log_file.open("wb") as log:
        assert airflow.migrate(log) == 0
        started = airflow.start(
            datetime.now(UTC), {"run_date": day}, log, lock, "nightly_off_policy"
        )
        code = started.wait(LONGEST_SECONDS)

    assert code == 0, airflow.log_file.read_text("utf-8")[-3_000:]
    folder = shop.storage.warehouse / names.OFF_POLICY_FOLDER / f"day={day}"
    written = REPORT.decode((folder / names.REPORT_FILE).read_bytes())
    assert written.rounds == 3 * SLATES
    assert {estimate.policy for estimate in written.estimates} >= {
        "served",
        "popularity",
        "snapshot",
    }
    assert sorted(path.name for path in folder.iterdir()) == [
        names.REPORT_FILE, names.ROUNDS_FILE, names.SUMS_FILE,
    ]  # fmt: skip
