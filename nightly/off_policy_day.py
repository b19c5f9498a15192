"""The steps of a day's off-policy evaluation: rounds out, sums in, a report beside them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nightly.night import check_run_date
from nightly.wiring import PastStores, open_past
from personalization.learning.past_rounds import Period
from personalization.off_policy import round_columns as names
from personalization.off_policy.night import REPORT, SUMS, report_of
from personalization.off_policy.reward_model import RewardModel
from personalization.off_policy.round_table import RoundTable, round_tables
from personalization.off_policy.target_policies import target_policies
from personalization.off_policy.weighed_rounds import Numbers
from personalization.priors import warehouse

_PROBABILITIES = pa.list_(pa.float64())
ROUNDS_SCHEMA = pa.schema(
    [
        (names.SESSION_ID, pa.string()),
        (names.PLACEMENT, pa.string()),
        (names.STRATEGY, pa.string()),
        (names.REWARD, pa.float64()),
        (names.PROPENSITY, pa.float64()),
        (names.CHOSEN, pa.int32()),
        (names.LOGGING, _PROBABILITIES),
        (names.PREDICTED, _PROBABILITIES),
        (names.TARGETS, pa.map_(pa.string(), _PROBABILITIES)),
    ]
)
_MADE_UP = "made_up"
"""In the metadata of a day's rounds: impressions of what their session was not shown."""


def begin(run_date: date | None, newest: date) -> dict[str, str | dict[str, str]]:
    """Export a day's rounds, by default the newest's; return their folder and Spark's options.

    Raises `InvalidRunDateError` for a run date that is still to come.
    """
    now = datetime.now(UTC)
    day = run_date or min(newest, now.date())
    check_run_date(day, now.date())
    with open_past() as stores:
        return {"folder": str(export_day(stores, day, now))}


def export_day(stores: PastStores, day: date, now: datetime) -> Path:
    """Write the rounds of a day's decisions and return the day's folder."""
    past, outcomes = stores.rounds, stores.rounds.read_outcomes(Period(day, day), now)
    settled = outcomes.settled
    model = RewardModel(past.impressions(settled))
    tables = round_tables(past.impressions(settled), target_policies(stores.policy), model)
    folder = day_folder(stores.storage.warehouse.resolve(), day)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{names.ROUNDS_FILE}.unfinished"
    schema = ROUNDS_SCHEMA.with_metadata({_MADE_UP: str(outcomes.made_up)})
    with pq.ParquetWriter(unfinished, schema) as rounds:
        for table in tables:
            rounds.write_table(parquet_of(table).cast(schema))
    unfinished.replace(folder / names.ROUNDS_FILE)
    return folder


def day_folder(warehouse_folder: Path, day: date) -> Path:
    """Return where a day's rounds, sums and report are kept."""
    return warehouse_folder / names.OFF_POLICY_FOLDER / f"{warehouse.DAY}={day.isoformat()}"


def parquet_of(table: RoundTable) -> pa.Table:
    """Return the rounds as the job reads them, arrays as long as their action sets."""
    targets = {name: _rows(of, table) for name, of in table.targets.items()}
    columns: dict[str, object] = {
        names.SESSION_ID: list(table.sessions),
        names.PLACEMENT: list(table.placements),
        names.STRATEGY: list(table.strategies),
        names.REWARD: table.reward,
        names.PROPENSITY: table.propensity,
        names.CHOSEN: table.chosen.astype("int32"),
        names.LOGGING: _rows(table.logging, table),
        names.PREDICTED: _rows(table.predicted, table),
        names.TARGETS: [
            [(name, rows[index]) for name, rows in targets.items()] for index in range(len(table))
        ],
    }
    return pa.Table.from_pydict(columns, schema=ROUNDS_SCHEMA)


def _rows(padded: Numbers, table: RoundTable) -> list[Numbers]:
    return [row[:size] for row, size in zip(padded, table.size, strict=True)]


def report(folder: Path) -> Path:
    sums = SUMS.decode((folder / names.SUMS_FILE).read_bytes())
    day = date.fromisoformat(folder.name.partition("=")[2])
    file = folder / names.REPORT_FILE
    unfinished = file.with_name(f".{file.name}.unfinished")
    kept = pq.read_schema(folder / names.ROUNDS_FILE).metadata or {}
    made_up = int(kept.get(_MADE_UP.encode(), b"0"))
    unfinished.write_bytes(REPORT.encode(report_of(day, sums, made_up)))
    unfinished.replace(file)
    return file
