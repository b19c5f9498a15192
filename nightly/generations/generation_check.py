"""The gate between what Spark wrote and what may be promoted."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from nightly.generations.generation_tables import read_lists, tables_in
from nightly.generations.list_checks import GenerationIds, TableCheck
from nightly.generations.sketch import GenerationSketcher
from personalization.codec.json_codec import GENERATION
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.prior import SESSION_INDEX, Generation, PriorTable
from personalization.neighbours.index_bytes import DamagedIndexError, decode_index
from personalization.priors import warehouse as names
from personalization.priors.warehouse import (
    COVERED_PRODUCTS,
    JOB_REPORT,
    JobReport,
    NightlyPlan,
)

EVENTS_AFTER_TODAY = "events_after_today"
"""Parameter of a generation: events that were left out, since they cannot have happened."""
FAULTS_SHOWN = 10


def check_generation(
    plan: NightlyPlan,
    building: Path,
    now: datetime,
    known: Sequence[Generation] = (),
    sketcher: GenerationSketcher | None = None,
) -> Generation:
    """Return the description of a sound generation.

    `known` are the registered generations: a night that was registered before keeps the time it
    was first made. The sketcher sees all tables in the same pass. Raises
    `GenerationRejectedError` with the faults found.
    """
    reports = _read_reports(building)
    present = tables_in(building)
    absent = {name: reason for report in reports for name, reason in report.absent.items()}
    lost = [t.value for t in PriorTable if t not in present and t.value not in absent]
    if lost:
        raise GenerationRejectedError(f"Tables are neither there nor explained: {', '.join(lost)}.")
    if not present:
        raise GenerationRejectedError(
            "The generation is empty: neither the catalogue nor the period supports any prior."
        )
    checked = _check_tables(plan, building, sketcher or GenerationSketcher())
    created = {generation.generation_id: generation.created_at for generation in known}
    return Generation(
        generation_id=plan.generation_id,
        run_date=plan.run_date,
        created_at=created.get(plan.generation_id, now),
        rows_by_table=_rows_by_table(building, checked),
        absent=dict(sorted(absent.items())),
        parameters=_parameters(plan, reports, _count_products(checked)),
    )


def _read_reports(building: Path) -> list[JobReport]:
    files = sorted((building / names.REPORTS_FOLDER).glob("*.json"))
    return [JOB_REPORT.decode(file.read_bytes()) for file in files]


def _check_tables(
    plan: NightlyPlan, building: Path, sketcher: GenerationSketcher
) -> list[TableCheck]:
    known = GenerationIds.read(Path(plan.warehouse), building)
    checks = [TableCheck(table, known) for table in tables_in(building)]
    faults = (
        fault
        for check in checks
        for fault in check.faults(
            building, sketcher.watch(check.table, read_lists(building, check.table))
        )
    )
    shown = list(islice(faults, FAULTS_SHOWN))
    if shown:
        raise GenerationRejectedError(f"The generation has faults: {'; '.join(shown)}.")
    return checks


def _count_products(checks: Sequence[TableCheck]) -> int:
    return sum(check.keys for check in checks if check.table is PriorTable.PRODUCT_PRIORS)


def _rows_by_table(building: Path, checks: Sequence[TableCheck]) -> dict[str, int]:
    rows = {check.table.value: check.rows for check in checks}
    index_file = building / names.SESSION_INDEX_FILE
    if index_file.exists():
        rows[SESSION_INDEX] = _sessions_in(index_file)
    return rows


def _sessions_in(index_file: Path) -> int:
    try:
        return decode_index(index_file.read_bytes()).session_count
    except DamagedIndexError as error:
        raise GenerationRejectedError(f"The session index is damaged: {error}") from error


def _parameters(plan: NightlyPlan, reports: list[JobReport], covered: int) -> dict[str, str]:
    stated = {name: value for report in reports for name, value in report.parameters.items()}
    return {
        **dict(sorted(stated.items())),
        "period_from": plan.first_day.isoformat(),
        "period_days": str(plan.period_days),
        "trending_days": str(plan.trending_days),
        "list_size": str(plan.list_size),
        "minimum_support": str(plan.minimum_support),
        "minimum_affinity_support": str(plan.minimum_affinity_support),
        "smallest_group": str(plan.smallest_group),
        "new_arrival_days": str(plan.new_arrival_days),
        "taste_halflife_days": str(plan.taste_halflife_days),
        "input_fingerprint": plan.input_fingerprint,
        COVERED_PRODUCTS: str(covered),
        EVENTS_AFTER_TODAY: str(plan.events_after_today),
    }


def complete(made: Generation, building: Path, warehouse: Path) -> Path:
    """Move a checked generation to the complete ones, in place of an earlier run of it."""
    shutil.rmtree(building / names.KEPT_FOLDER, ignore_errors=True)
    (building / names.MANIFEST_FILE).write_bytes(GENERATION.encode(made))
    target = warehouse / names.GENERATIONS_FOLDER / building.name
    if target.exists():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    return building.rename(target)
