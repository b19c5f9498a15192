"""What a day is like, counted in one pass, by numbers worked out by hand."""

import math
from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from personalization.priors.gates.day_profile import DayProfile, read_profiles
from spark_jobs import schemas
from spark_jobs.day_profiles import write_profiles
from spark_jobs.transforms.history_profile import measure, profiles_of
from tests.spark.frames import DAY, NOON, events, products

KNOWN = ({"product_id": "a"}, {"product_id": "b"})
DAY_BEFORE = DAY - timedelta(days=1)


def _profiles(history: DataFrame) -> list[DayProfile]:
    return profiles_of(measure(history, products(history.sparkSession, *KNOWN)))


def test_a_day_is_counted_by_type_product_session_and_region(spark: SparkSession) -> None:
    history = events(
        spark,
        {"product_ids": ["a"], "region": "pl"},
        {"product_ids": ["a", "gone", "b"], "type": "checkout", "reward": 5000, "region": "pl"},
        {"category_id": "shirts", "type": "category_view", "session_id": "t", "reward": 500},
        {"product_ids": ["b"], "region": "de", "session_id": "u"},
        {"product_ids": ["a"], "day": DAY_BEFORE, "occurred_at": NOON - timedelta(days=1)},
    )
    before, day = _profiles(history)
    assert day == DayProfile(
        day=DAY,
        events=4,
        by_type={"product_view": 2, "checkout": 1, "category_view": 1},
        without_region=1,
        lines=5,
        unknown_lines=1,
        sessions=3,
        largest_session=2,
        regions=2,
    )
    assert (before.day, before.events, before.misplaced) == (DAY_BEFORE, 1, 0)


def test_what_is_missing_or_out_of_its_range_is_counted_by_column(spark: SparkSession) -> None:
    history = events(
        spark,
        {"session_id": None, "product_ids": ["a"]},
        {"type": None},
        {"type": "dance", "event_id": None},
        {"product_ids": []},
        {"type": "category_view"},
        {"product_ids": [None], "reward": None},
        {"product_ids": ["a"], "reward": 8001},
        {"product_ids": ["a"], "reward": -5000, "occurred_at": NOON - timedelta(days=1)},
        *(
            {"type": "feedback", "product_ids": ["a"], "stars": stars}
            for stars in (1.0, 5.0, 99.0, 0.0, math.nan)
        ),
    )
    [day] = _profiles(history)
    assert day.nulls == {
        "session_id": 1,
        "type": 1,
        "event_id": 1,
        "product_ids": 1,
        "category_id": 1,
        "reward": 1,
    }
    assert day.incomplete == 6
    assert day.by_type["other"] == 2
    assert (day.ratings, day.wrong_ratings) == (5, 3)
    assert (day.wrong_rewards, day.misplaced) == (1, 1)
    assert (day.lines, day.unknown_lines) == (9, 1)
    assert (day.sessions, day.largest_session) == (1, 12)


def test_a_history_without_events_has_no_days(spark: SparkSession) -> None:
    assert _profiles(events(spark)) == []


def test_the_sums_of_a_day_in_parts_are_those_of_the_whole(spark: SparkSession) -> None:
    history = events(
        spark,
        *(
            {"product_ids": ["a", "gone"], "session_id": f"s{number % 3}", "region": "pl"}
            for number in range(12)
        ),
    )
    is_early = F.col("event_id") < "e006"
    [whole] = _profiles(history)
    [early], [late] = _profiles(history.where(is_early)), _profiles(history.where(~is_early))
    both = early.merge(late)
    assert (both.events, both.lines, both.unknown_lines) == (12, 24, 12)
    # A session may be in both parts: these three are exact of whole days alone.
    assert both.sessions >= whole.sessions
    assert both.largest_session <= whole.largest_session
    assert both.regions <= whole.regions


def test_the_history_is_read_once(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "history")
    events(spark, {"product_ids": ["a"]}).write.parquet(folder)
    history = spark.read.schema(schemas.HISTORY).parquet(folder)
    measure(history, products(spark, *KNOWN)).explain()
    assert capsys.readouterr().out.count("FileScan parquet") == 1


def test_a_night_measures_only_days_that_are_new_or_changed(
    spark: SparkSession, tmp_path: Path
) -> None:
    history = events(
        spark,
        {"product_ids": ["a"]},
        {"product_ids": ["a"], "day": DAY_BEFORE, "occurred_at": NOON - timedelta(days=1)},
    )
    known, building = products(spark, *KNOWN), tmp_path / "building"
    building.mkdir()
    for days, measured in (
        ({DAY_BEFORE: "1"}, [DAY_BEFORE]),
        ({DAY_BEFORE: "1", DAY: "1"}, [DAY]),
        ({DAY_BEFORE: "1", DAY: "1"}, []),
        ({DAY_BEFORE: "changed", DAY: "1"}, [DAY_BEFORE]),
        ({DAY: "1"}, []),
    ):
        assert write_profiles(history, known, days, tmp_path, building) == measured
        period = read_profiles(building / "day_profiles.json")
        assert period is not None
        assert list(period.profiles()) == list(days)
