"""Builds settings and stores for the nightly tasks; nothing else here names an adapter."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from personalization.adapters.sqlite.copies.database_copy import rewrite_file
from personalization.audit.recording import Auditor
from personalization.erasure.open_worker import night_work
from personalization.erasure.worker import ErasureWorker
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.past_experiments import PastExperiments
from personalization.exports.day_export import DayExport
from personalization.learning.past_rounds import PastRounds
from personalization.learning.unlearning import Unlearning
from personalization.learning.waiting_erasures import WaitingErasures, waiting_erasures
from personalization.learning_wiring import open_unlearning
from personalization.ports.catalogue import Catalogue
from personalization.ports.event_history import EventHistory
from personalization.ports.learned_rounds import LearnedRounds
from personalization.ports.plan_store import PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.ports.retention import RetainedStore
from personalization.ports.value_models import ServedPolicy
from personalization.priors.generation_service import GenerationService
from personalization.retention_wiring import open_retention
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_checked, open_ranking


@dataclass(frozen=True, slots=True)
class NightlyStores:
    """What a night reads and writes, and its settings."""

    storage: StorageSettings
    nightly: NightlySettings
    cassandra: CassandraSettings
    history: EventHistory
    catalogue: Catalogue
    priors: PriorStore
    plans: PlanStore
    rounds: LearnedRounds
    generations: GenerationService

    @property
    def keyspace(self) -> str | None:
        """Where Spark reads the history and writes the priors itself; None for files."""
        return self.cassandra.keyspace if self.cassandra.contact_points is not None else None


@contextmanager
def open_stores(storage: StorageSettings | None = None) -> Iterator[NightlyStores]:
    """Open the stores for one task; the home folder is by default the environment's."""
    settings = _settings(storage)
    with open_checked(settings) as kept:
        nightly = NightlySettings()
        yield NightlyStores(
            storage=settings.storage,
            nightly=nightly,
            cassandra=settings.cassandra,
            history=kept.history,
            catalogue=kept.catalogue,
            priors=kept.priors,
            plans=kept.plans,
            rounds=kept.rounds,
            generations=GenerationService(kept.priors, nightly, Auditor(kept.audit)),
        )


@contextmanager
def open_night_worker(storage: StorageSettings | None = None) -> Iterator[ErasureWorker]:
    """Open what a night needs for those who were erased; the home folder is as in `open_stores`."""
    settings = _settings(storage)
    with (
        open_checked(settings) as kept,
        night_work(settings.storage, kept, rewrite_file) as worker,
    ):
        yield worker


@dataclass(frozen=True, slots=True)
class PastStores:
    """What a night reads to judge other policies, and its settings."""

    storage: StorageSettings
    nightly: NightlySettings
    rounds: PastRounds
    policy: ServedPolicy
    """The current snapshot of the learned policy."""


@contextmanager
def open_past(storage: StorageSettings | None = None) -> Iterator[PastStores]:
    """Open what was decided and what came of it; the home folder is as in `open_stores`."""
    settings = _settings(storage)
    with open_checked(settings) as kept:
        yield PastStores(
            storage=settings.storage,
            nightly=NightlySettings(),
            rounds=PastRounds(kept.history, kept.decisions, settings.learning.outcome_rules),
            policy=open_ranking(kept, settings).policy,
        )


@contextmanager
def open_day_export(storage: StorageSettings | None = None) -> Iterator[DayExport]:
    """Open the histories and the tables of a warehouse; the home folder is as in `open_stores`."""
    settings = _settings(storage)
    with open_checked(settings) as kept:
        yield DayExport(kept.history, kept.decisions, settings.storage.tables)


@dataclass(frozen=True, slots=True)
class ExperimentStores:
    """Where experiments are written, and what they are measured by."""

    editor: ExperimentEditor
    past: PastExperiments


@contextmanager
def open_experiments(storage: StorageSettings | None = None) -> Iterator[ExperimentStores]:
    """Open the experiments and the histories; the home folder is as in `open_stores`."""
    settings = _settings(storage)
    with open_checked(settings) as kept:
        yield ExperimentStores(
            ExperimentEditor(kept.plans, Auditor(kept.audit)),
            PastExperiments(kept.history, kept.decisions, kept.catalogue),
        )


@dataclass(frozen=True, slots=True)
class ForgettingStores:
    """What trains without the erased, and the erasures that wait for it."""

    unlearning: Unlearning
    waiting: WaitingErasures


@contextmanager
def open_forgetting(storage: StorageSettings | None = None) -> Iterator[ForgettingStores]:
    """Open the models and what they were taught; the home folder is as in `open_stores`."""
    settings = _settings(storage)
    with open_checked(settings) as kept:
        waiting = waiting_erasures(kept.models, kept.rounds, kept.plans)
        yield ForgettingStores(open_unlearning(kept, settings.learning), waiting)


@contextmanager
def open_retained(storage: StorageSettings | None = None) -> Iterator[Sequence[RetainedStore]]:
    """Open what keeps things only for a time; the home folder is as in `open_stores`."""
    with open_retention(_settings(storage)) as stores:
        yield stores


def _settings(storage: StorageSettings | None) -> CoreSettings:
    return CoreSettings(
        storage=storage or StorageSettings(), cassandra=CassandraSettings().patient()
    )
