"""Opens what a batch is made from, as it was pinned, in any process that makes parts of it."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

import msgspec

from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.catalogue.filters.filter import EVERYTHING, Filter
from personalization.catalogue.filters.filter_document import canonical_filter, parse_filter
from personalization.domain.errors import (
    GoneDecisionError,
    InvalidFilterError,
    NoActiveGenerationError,
)
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import Generation
from personalization.experiments.pinned_snapshot import PinnedSnapshot
from personalization.neighbours.erasures import read_erasures
from personalization.ports.event_history import EventHistory
from personalization.ports.plan_store import (
    ERASURES,
    EXPERIMENTS,
    PLACEMENTS,
    RULES,
    Plan,
    PlanStore,
)
from personalization.ports.prior_store import PriorStore
from personalization.ports.stores import KeptStores
from personalization.recommendations.batches.audience import (
    AudienceCounts,
    AudienceStores,
    Recipient,
    read_audience,
)
from personalization.recommendations.batches.batch_folder import BatchFolder, write_part
from personalization.recommendations.batches.batch_job import BatchJob, BatchPins, ListFormat
from personalization.recommendations.batches.batch_rows import BatchRows
from personalization.recommendations.batches.known_visits import KnownVisits
from personalization.recommendations.person_history import PersonHistory
from personalization.recommendations.resolve import RowCall, row_request, strategy_of
from personalization.recommendations.row_maker import RowMaker
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, Ranking, open_checked, open_ranking

_PINNED_PLANS = (EXPERIMENTS, RULES, PLACEMENTS, ERASURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOrder:
    """What somebody asks for, before anything is pinned."""

    audience: str
    placement: str | None = None
    strategy: str | None = None
    count: int | None = None
    filter: str = ""
    format: ListFormat = ListFormat.PARQUET
    keep: bool = True


def begin_batch(order: BatchOrder, storage: StorageSettings, out: Path, at: datetime) -> BatchJob:
    """Pin what there is, check the order, and write the audience down.

    Raises `InvalidRowError`, `InvalidFilterError`, and `NoActiveGenerationError` before the first
    nightly run.
    """
    folder = BatchFolder(out)
    strategy = None if order.strategy is None else strategy_of(order.strategy)
    settings = _settings(storage)
    with open_checked(settings) as kept:
        generation = kept.priors.active()
        if generation is None:
            raise NoActiveGenerationError
        plans = {name: kept.plans.read(name) for name in _PINNED_PLANS}
        pins = BatchPins(
            generation_id=generation.generation_id,
            model_version=kept.models.current(),
            plans=tuple((name, plan.version if plan else 0) for name, plan in plans.items()),
        )
        job = BatchJob(
            home=str(storage.home.resolve()),
            folder=str(folder.work_folder.resolve()),
            placement=order.placement,
            strategy=strategy,
            count=order.count,
            filter=canonical_filter(_filter(order.filter)) if order.filter else "",
            format=order.format,
            keep=order.keep,
            at=at,
            pins=pins,
            parts=0,
        )
        ranking = _open_pinned(kept, settings, job)
        row_request(_call(job), ranking.decider.placements())
        audience = AudienceCounts()
        people: Iterator[Recipient] = read_audience(
            order.audience, AudienceStores(kept.history, kept.pseudonyms), at, audience
        )
        job = replace(job, parts=folder.begin(people, audience))
    folder.keep_job(job)
    return job


@contextmanager
def open_batch(job: BatchJob) -> Iterator[BatchRows]:
    """Load generation, model, plans and columns once; raises `GoneDecisionError` if one is gone."""
    settings = _settings(StorageSettings(home=Path(job.home)))
    with open_checked(settings) as kept:
        ranking = _open_pinned(kept, settings, job)
        erasures = read_erasures(_fixed_plans(kept.plans, job.pins))
        columns = FilterColumns(kept.catalogue, _Moment(job.at))
        columns.refresh()
        life = timedelta(hours=settings.ranking.profile_hours)
        visits, nonce = KnownVisits(kept.history, job.at), job.nonce
        yield BatchRows(
            job=job,
            maker=RowMaker(ranking.experiments, columns, life, lambda: nonce),
            request=row_request(_call(job), ranking.decider.placements()),
            visits=visits,
            people=PersonHistory(
                cast("EventHistory", visits),
                ranking.catalogue,
                lambda: erasures,
                # What was read has everybody by the one id that recipients have as well.
                lambda user_id: (user_id,),
            ),
            decisions=kept.decisions,
            catalogue=ranking.catalogue,
            priors=ranking.priors,
        )


def make_parts(job: BatchJob, parts: Sequence[int], processes: int) -> None:
    """Make parts in this process, or in several at once (blocks)."""
    if processes == 1 or len(parts) < 2:  # noqa: PLR2004 (a second process would have nothing)
        with open_batch(job) as rows:
            for part in parts:
                write_part(rows, part)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(partial(make_part, job), parts))


def make_part(job: BatchJob, part: int) -> None:
    """Make one part; a process that makes several opens the batch once."""
    if job not in _OPENED:
        while _OPENED:
            _OPENED.popitem()[1][0].close()
        stack = ExitStack()
        _OPENED[job] = stack, stack.enter_context(open_batch(job))
    write_part(_OPENED[job][1], part)


_OPENED: dict[BatchJob, tuple[ExitStack, BatchRows]] = {}
"""The batch of this process, which the executors of Spark keep from one part to the next."""
_NEVER_SECONDS = 1e9


def _open_pinned(kept: KeptStores, settings: CoreSettings, job: BatchJob) -> Ranking:
    """Return the ranking path by what the job names, whatever is promoted or edited meanwhile."""
    pins = job.pins
    known = {made.generation_id: made for made in kept.priors.generations()}
    generation = known.get(GenerationId(pins.generation_id))
    if generation is None:
        raise GoneDecisionError(f"Generation {pins.generation_id} is no longer kept: begin anew.")
    frozen = settings.ranking.model_copy(
        update={"catalogue_seconds": _NEVER_SECONDS, "plan_seconds": _NEVER_SECONDS}
    )
    fixed = replace(
        kept,
        priors=cast("PriorStore", _FixedPriors(kept.priors, generation)),
        plans=_fixed_plans(kept.plans, pins),
        models=PinnedSnapshot(kept.models, pins.model_version),
    )
    ranking = open_ranking(fixed, replace(settings, ranking=frozen), _Moment(job.at))
    if pins.model_version not in (None, ranking.policy.version):
        raise GoneDecisionError(f"Snapshot {pins.model_version} is no longer kept: begin anew.")
    return ranking


def _fixed_plans(plans: PlanStore, pins: BatchPins) -> PlanStore:
    return cast("PlanStore", _FixedPlans(plans, dict(pins.plans)))


def _settings(storage: StorageSettings) -> CoreSettings:
    return CoreSettings(storage=storage, cassandra=CassandraSettings().patient())


def _call(job: BatchJob) -> RowCall:
    return RowCall(
        placement=job.placement,
        strategy=job.strategy,
        count=job.count,
        filter=_filter(job.filter) if job.filter else EVERYTHING,
    )


def _filter(text: str) -> Filter:
    """Raise `InvalidFilterError` for what is no JSON, too."""
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidFilterError(f"The filter is no JSON: {error}.") from error
    return parse_filter(document)


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class _FixedPriors:
    store: PriorStore
    generation: Generation

    def active(self) -> Generation:
        return self.generation

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (the store's own)
        return getattr(self.store, name)


@dataclass(frozen=True, slots=True)
class _FixedPlans:
    store: PlanStore
    versions: Mapping[str, int]

    def read(self, name: str) -> Plan | None:
        version = self.versions.get(name, 0)
        return self.store.read_version(name, version) if version else None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (the store's own)
        return getattr(self.store, name)
