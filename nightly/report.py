"""What a report needs: tables exported, the catalogue as it is, Spark's figures, the drift."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

from nightly.generations.comparison import compare_folders
from nightly.snapshots.snapshot import snapshot_catalogue
from nightly.spark_options import NightSize
from nightly.spark_steps import run_report_job
from nightly.wiring import NightlyStores, open_day_export, open_stores
from personalization.domain.errors import PersonalizationError, UnknownNameError
from personalization.exports.day_file import day_folder
from personalization.exports.report.figures import (
    FIGURES,
    FIGURES_FILE,
    ORDER_FILE,
    ReportFigures,
    ReportOrder,
)
from personalization.exports.tables import EVENTS
from personalization.priors import warehouse as names
from personalization.priors.drift.generation_drift import GenerationDrift
from personalization.settings.storage import StorageSettings

SEASON_DAYS = 366
"""Of which the job reads the events."""
_FOLDER = "report"
Tell = Callable[[str], None]


class NothingToReportError(PersonalizationError):
    """There is no whole day of events yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopReport:
    first_day: date
    last_day: date
    figures: ReportFigures
    drift: GenerationDrift | str
    """Of the active generation from the one before; or a sentence that says why there is none."""


def make_report(storage: StorageSettings, days: int, today: date, tell: Tell) -> ShopReport:
    """Return the report of the last days that have events, telling what is being done.

    Raises `NothingToReportError` where there is no whole day with events.
    """
    last_day = _export(storage, today, tell)
    first_day = last_day - timedelta(days=days - 1)
    folder = storage.home.resolve() / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    order = ReportOrder(
        tables=str(storage.tables.resolve()),
        catalogue=str(folder),
        first_day=first_day,
        last_day=last_day,
    )
    (folder / ORDER_FILE).write_bytes(msgspec.json.encode(order))
    tell("Reading the catalogue and the generations")
    with open_stores(storage) as stores:
        snapshot_catalogue(stores.catalogue, folder, datetime.now(UTC).date())
        drift = _drift(stores)
    size = _size(storage.tables, folder, last_day)
    tell(f"Counting {size.events:,} events and {size.products:,} products in Spark")
    run_report_job(folder, size)
    figures = FIGURES.decode((folder / FIGURES_FILE).read_bytes())
    return ShopReport(first_day=first_day, last_day=last_day, figures=figures, drift=drift)


def _export(storage: StorageSettings, today: date, tell: Tell) -> date:
    """Write the days that the tables lack; return the last whole day that has events."""
    with open_day_export(storage) as export:
        past = [day for day in export.history.days() if day < today]
        if not past:
            raise NothingToReportError(
                f"There is no whole day of events in {storage.home}: `fitting-room import` brings "
                "a history, and what the shop sends today can be reported tomorrow."
            )
        missing = export.days(None, None, today)
        done: set[date] = set()
        for table in export.write(missing):
            if table.day not in done:
                done.add(table.day)
                tell(f"Exporting {table.day}, {len(done):,} of {len(missing):,} days")
    return max(past)


def _size(tables: Path, folder: Path, last_day: date) -> NightSize:
    days = (last_day - timedelta(days=number) for number in range(SEASON_DAYS))
    files = [
        file for day in days for file in day_folder(tables, EVENTS.name, day).glob("*.parquet")
    ]
    return NightSize(
        events=sum(pq.read_metadata(file).num_rows for file in files),
        products=pq.read_metadata(folder / names.PRODUCTS_FILE).num_rows,
    )


def _drift(stores: NightlyStores) -> GenerationDrift | str:
    active = stores.priors.active()
    if active is None:
        return "No generation of priors is active: `fitting-room nightly` makes one."
    before = [
        generation
        for generation in stores.priors.generations()
        if generation.created_at < active.created_at and names.BACKFILL not in generation.parameters
    ]
    if not before:
        return f"{active.generation_id} is the first generation: there is nothing to compare with."
    newest = max(before, key=lambda generation: generation.created_at)
    try:
        return compare_folders(stores.storage.warehouse, newest.generation_id, active.generation_id)
    except UnknownNameError as error:
        return str(error)
