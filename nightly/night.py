"""The start of a night: the input is exported, then a plan says what is computed from it."""

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from nightly.snapshots.snapshot import read_parents, snapshot_catalogue, snapshot_history
from personalization import neighbours
from personalization.domain.errors import InvalidRunDateError, NothingToCountError
from personalization.domain.identifiers import GenerationId
from personalization.domain.product import Product
from personalization.domain.quality.gate import GateName
from personalization.priors import warehouse as names
from personalization.priors.session_eraser import keyed_erasures
from personalization.priors.warehouse import (
    PLAN,
    REQUEST,
    SNAPSHOT,
    HistorySnapshot,
    NightlyPlan,
    NightlyRequest,
    newest_day,
    period_start,
)
from personalization.settings.nightly import NightlySettings
from personalization.settings.privacy import PrivacySettings, UserIds
from personalization.vault.pseudonym import PSEUDONYM

if TYPE_CHECKING:
    # The plan needs no store, and to import them all takes as long as to make it.
    from nightly.wiring import NightlyStores

FINGERPRINT_DIGITS = 10
"""Enough that two inputs of one day do not meet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightOptions:
    """What a run may be asked for."""

    run_date: date | None = None
    """The last day counted; None takes the newest of the history up to `until`."""
    until: date | None = None
    """None is today."""
    promote: bool = False
    accept_smaller: bool = False
    accept: tuple[GateName, ...] = ()
    """Gates that somebody has looked at."""


EVERY_NIGHT = NightOptions()


def begin_night(
    stores: "NightlyStores",
    today: date,
    options: NightOptions = EVERY_NIGHT,
    begun_at: datetime | None = None,
) -> Path:
    """Export the catalogue, and the history where it is in files; return the request's file.

    A history in Cassandra is left to Spark, which reads it for the request. Raises
    `InvalidRunDateError` for a run date that is still to come, `NothingToCountError` for a shop of
    which nothing is known.
    """
    check_run_date(options.run_date, today)
    check_input(stores)
    warehouse = stores.storage.warehouse.resolve()
    erasures = keyed_erasures(stores.plans)
    request = NightlyRequest(
        warehouse=str(warehouse),
        run_date=options.run_date,
        until=min(options.until or today, today),
        today=today,
        period_days=stores.nightly.period_days,
        catalogue_fingerprint=_hash_of(snapshot_catalogue(stores.catalogue, warehouse, today)),
        promote=options.promote,
        accept_smaller=options.accept_smaller,
        accept=options.accept,
        digest_key=erasures.key,
        erased_sessions=tuple(sorted(erasures.sessions())),
        begun_at=begun_at,
        user_ids="" if PrivacySettings().user_ids is UserIds.PLAIN else PSEUDONYM,
        events=_events_of_period(stores.history.days(), options, stores.nightly.period_days, today),
    )
    for former in (names.SNAPSHOT_FILE, names.OUTCOME_FILE, names.REFUSAL_FILE):
        (warehouse / former).unlink(missing_ok=True)
    if stores.keyspace is None:
        snapshot = _export_period(stores, request)
        (warehouse / names.SNAPSHOT_FILE).write_bytes(SNAPSHOT.encode(snapshot))
    request_file = warehouse / names.REQUEST_FILE
    request_file.write_bytes(REQUEST.encode(request))
    return request_file


def _events_of_period(
    counts: Mapping[date, int], options: NightOptions, period_days: int, today: date
) -> int:
    run_date = options.run_date or newest_day(counts, min(options.until or today, today))
    first_day = period_start(run_date, period_days)
    return sum(count for day, count in counts.items() if first_day <= day <= run_date)


def check_input(stores: "NightlyStores") -> None:
    """Raise `NothingToCountError` where no event and no product could support any prior."""
    if stores.history.days():
        return
    products = chain.from_iterable(stores.catalogue.all_products())
    if not any(map(_says_something, products)):
        raise NothingToCountError(
            "There is nothing to count yet: the history has no event, and no product has ratings, "
            "sales of last month or a day on which it was listed. Import orders or visits "
            "(`fitting-room import`), or let pages send events, and run the night then."
        )


def _says_something(product: Product) -> bool:
    return bool(product.rating or product.bought_last_month or product.listed_on)


def check_run_date(run_date: date | None, today: date) -> None:
    """Raise `InvalidRunDateError` for a day that has not begun (by UTC)."""
    if run_date is not None and run_date > today:
        raise InvalidRunDateError(
            f"The run date {run_date} is after today, {today} (UTC): "
            f"a night ends today at the latest. Give an earlier day, or none."
        )


def _export_period(stores: "NightlyStores", request: NightlyRequest) -> HistorySnapshot:
    counts = stores.history.days()
    run_date = request.run_date or newest_day(counts, request.until)
    first_day = period_start(run_date, request.period_days)
    period = [day for day in counts if first_day <= day <= run_date]
    happened = [day for day in counts if day <= request.today]
    warehouse = Path(request.warehouse)
    exported = snapshot_history(stores.history, warehouse, period, read_parents(warehouse))
    return HistorySnapshot(
        run_date=run_date,
        fingerprints=exported,
        events_after_today=sum(count for day, count in counts.items() if day > request.today),
        history_from=min(happened, default=None),
        history_until=max(happened, default=None),
    )


def plan_night(
    request_file: Path, nightly: NightlySettings, formulas: Path, smallest_group: int = 0
) -> NightlyPlan:
    """Return the plan over what was exported, written into its building folder.

    The generation's id is the run date with a hash of input, parameters, the code in `formulas`
    and that of the session index: the same night computed again has the same id, wherever its
    history is kept.

    Raises `InvalidRunDateError` for a period without events of a history that has some.
    """
    request = REQUEST.decode(request_file.read_bytes())
    snapshot = names.read_snapshot(Path(request.warehouse))
    _check_period(snapshot, request.period_days)
    days = (f"{day}={text}" for day, text in sorted(snapshot.fingerprints.items()))
    plan = NightlyPlan(
        generation_id=GenerationId(""),
        run_date=snapshot.run_date,
        warehouse=request.warehouse,
        input_fingerprint=_hash_of(
            [request.catalogue_fingerprint, *days, *request.erased_sessions]
        ),
        period_days=request.period_days,
        trending_days=nightly.trending_days,
        list_size=nightly.list_size,
        minimum_support=nightly.minimum_support,
        minimum_affinity_support=nightly.minimum_affinity_support,
        new_arrival_days=nightly.new_arrival_days,
        index_sessions=nightly.index_sessions,
        taste_halflife_days=nightly.taste_halflife_days,
        smallest_group=smallest_group,
        events_after_today=snapshot.events_after_today,
    )
    return _begin_building(replace(plan, generation_id=_generation_id(plan, formulas)))


def _check_period(snapshot: HistorySnapshot, period_days: int) -> None:
    if snapshot.fingerprints or snapshot.history_from is None:
        return
    first_day = period_start(snapshot.run_date, period_days)
    raise InvalidRunDateError(
        f"The period {first_day} to {snapshot.run_date} has no events: the history has them from "
        f"{snapshot.history_from} to {snapshot.history_until}. Give a run date among those days."
    )


def _generation_id(plan: NightlyPlan, formulas: Path) -> GenerationId:
    parameters = PLAN.encode(replace(plan, warehouse="", events_after_today=0)).decode()
    index = Path(neighbours.__file__).parent
    files = [*sorted(formulas.rglob("*.py")), *sorted(index.rglob("*.py"))]
    code = (file.read_text("utf-8") for file in files)
    digits = _hash_of([parameters, *code])[:FINGERPRINT_DIGITS]
    return GenerationId(f"{plan.run_date:%Y%m%d}-{digits}")


def _hash_of(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _begin_building(plan: NightlyPlan) -> NightlyPlan:
    """Clear what an interrupted night left behind and write the plan."""
    building = Path(plan.warehouse) / names.BUILDING_FOLDER
    if building.exists():
        shutil.rmtree(building)
    plan_file = plan_file_of(plan)
    plan_file.parent.mkdir(parents=True)
    plan_file.write_bytes(PLAN.encode(plan))
    return plan


def plan_file_of(plan: NightlyPlan) -> Path:
    """Return where the plan is kept while its generation is being made."""
    building = Path(plan.warehouse) / names.BUILDING_FOLDER
    return building / plan.generation_id / names.PLAN_FILE


def read_plan(plan_file: Path) -> NightlyPlan:
    return PLAN.decode(plan_file.read_bytes())
