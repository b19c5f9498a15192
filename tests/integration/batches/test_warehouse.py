"""The kept past as tables by day, from either stack, for an engine that has none of our code."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
from pyspark.sql import SparkSession

from nightly.warehouse_tables import write_now
from personalization.domain.errors import StoreUnavailableError
from personalization.exports.day_export import DayExport
from personalization.exports.day_file import FileOutcome
from personalization.exports.tables import TABLES
from personalization.wiring import CoreSettings, open_kept
from tests.builders.event import an_event
from tests.builders.shops.warehouse_shop import EVENTS, RECORDS, a_row_record
from tests.integration.command_line import run_over

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
PAGE = Path(__file__).parents[3] / "docs" / "analysts.md"
FOLDER_OF_THE_PAGE = "/data/fitting-room"
FIRST, SECOND = date(2025, 6, 1), date(2025, 6, 2)

ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "(views of the tables)": [],
    "Which slots did each policy fill on 2 June, and how certain was it of them?": [
        ("home", 0, "epsilon_greedy", 3, 0.683),
        ("home", 1, "epsilon_greedy", 2, 0.375),
        ("home", 2, "epsilon_greedy", 1, 0.75),
    ],
    # Slot 0: d1 and d2, opened from d2. Slot 1: both, opened from d1. Slot 2: d1 only.
    "How often was each slot seen and then opened?": [(0, 2, 1), (1, 2, 1), (2, 1, 0)],
    # d1 began with another product: 0. d2 with shirt-2 at 0.8, opened: 1.25. Half of that.
    "What would it be worth to show shirt-2 first to everybody, in opened first slots?": [
        (2, 0.625)
    ],
    "What did each visit get to read, and how much of it was its own doing?": [
        ("s1", 1, ["shirt-2"], 0.25),
        ("s1", 2, ["shirt-2"], 0.25),
        ("s2", 1, ["shirt-2"], 0.25),
    ],
}


def fill(settings: CoreSettings, *, with_row: bool = False) -> None:
    with open_kept(settings) as kept:
        kept.history.append(EVENTS)
        kept.decisions.append([*RECORDS, a_row_record()] if with_row else RECORDS)


def read(folder: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (
        ds.dataset(folder / table, partitioning="hive").to_table().to_pylist()
    )
    return rows


def test_the_command_writes_days_once_and_again_only_what_has_changed(
    either_stack: CoreSettings, tmp_path: Path
) -> None:
    fill(either_stack, with_row=True)
    folder = tmp_path / "out"

    printed = run_over(either_stack, "warehouse", "--out", str(folder))

    assert sorted(path.parent.name for path in folder.glob("*/*/*.parquet")) == [
        *["date=2025-06-01"],  # events only
        *["date=2025-06-02"] * 4,
    ]
    assert [row["event_id"] for row in read(folder, "events")][:3] == ["e10", "e11", "e1"]
    slates = read(folder, "slates")
    assert len(slates) == 7
    assert {row["kind"] for row in slates} == {"profile", "row"}
    assert len(read(folder, "profiles")) == 3
    assert len(read(folder, "decisions")) == 4
    for name, table in TABLES.items():
        for file in folder.glob(f"{name}/*/*.parquet"):
            assert ds.dataset(file).schema.equals(table.schema)

    # Nothing is lacking now but the last days, which have nothing.
    assert "written" not in run_over(either_stack, "warehouse", "--out", str(folder))
    days = ("--since", "2025-06-01", "--until", "2025-06-02")
    again = run_over(either_stack, "warehouse", "--out", str(folder), *days)
    assert again.count("unchanged") == printed.count("written") == 5


def test_an_event_that_came_late_is_in_the_next_nights_files(
    either_stack: CoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_HOME", str(either_stack.storage.home))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    late = [
        an_event(event_id=f"e-{number}", occurred_at=yesterday, received_at=yesterday)
        for number in range(2)
    ]
    if (points := either_stack.cassandra.contact_points) is not None:
        monkeypatch.setenv("FITTING_ROOM_CASSANDRA_CONTACT_POINTS", points)
        monkeypatch.setenv("FITTING_ROOM_CASSANDRA_KEYSPACE", either_stack.cassandra.keyspace)
    with open_kept(either_stack) as kept:
        kept.history.append(late[:1])
    write_now()
    with open_kept(either_stack) as kept:
        kept.history.append(late[1:])

    lines = write_now()

    assert lines == [f"events of {yesterday.date()}: 2 rows, written"]


def test_a_second_export_into_a_folder_ends_with_a_sentence(tmp_path: Path) -> None:
    with open_kept(CoreSettings.of_home(tmp_path)) as kept:
        export = DayExport(kept.history, kept.decisions, tmp_path / "out")
        first = export.write([FIRST, SECOND])
        next(first)
        with pytest.raises(StoreUnavailableError, match="Another export is writing into"):
            list(export.write([FIRST]))
        assert [item.outcome for item in first] == [FileOutcome.EMPTY] * 7


def test_the_queries_of_the_page_answer_their_questions_without_our_code(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = CoreSettings.of_home(tmp_path / "home")
    fill(settings)
    folder = tmp_path / "out"
    days = ("--since", str(FIRST), "--until", str(SECOND))
    run_over(settings, "warehouse", "--out", str(folder), *days)
    blocks = re.findall(r"```sql parquet\n-- (.+)\n([^`]+)```", PAGE.read_text("utf-8"))

    answers = {}
    for question, text in blocks:
        for statement in filter(str.strip, text.split(";")):
            rows = spark.sql(statement.replace(FOLDER_OF_THE_PAGE, f"file://{folder}")).collect()
        answers[question] = [tuple(row) for row in rows]

    assert answers == ANSWERS
