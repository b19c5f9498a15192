"""Opens every store that keeps something only for a time."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from personalization.adapters.private_home import open_private
from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.sqlite.claim_store import SqliteClaimStore
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.learned_rounds import SqliteLearnedRounds
from personalization.domain.access.claim import claims_days
from personalization.erasure.erasure_request import RequestBook
from personalization.erasure.open_worker import ledger_of
from personalization.ports.retention import Prune, RetainedStore
from personalization.retention.home_files import retained_files
from personalization.retention.retention import ledger_days, life_of, prune_after, rounds_days
from personalization.wiring import CoreSettings, open_kept, stored_log_of

if TYPE_CHECKING:
    from personalization.adapters.kafka.event_log import KafkaEventLog

_PrunedFile = (
    SqliteEventHistory
    | SqliteDecisionHistory
    | SqliteClaimStore
    | SqliteAuditLog
    | SqliteLearnedRounds
)


@contextmanager
def open_retention(settings: CoreSettings) -> Iterator[Sequence[RetainedStore]]:
    """Open every store that keeps something only for a time."""
    open_private(settings.storage.home)
    retention, storage = settings.retention, settings.storage
    with ExitStack() as stack:
        log = stack.enter_context(closing(stored_log_of(settings)))
        yield (
            *_retained_log(log, settings),
            *_retained_histories(settings, stack),
            *retained_files(storage, retention),
            _retained_ledger(settings),
            RetainedStore(
                "receipts of erasures",
                life_of(retention.receipts_days),
                prune_after(retention.receipts_days, partial(_prune_receipts, settings)),
            ),
        )


def _retained_ledger(settings: CoreSettings) -> RetainedStore:
    files = settings.retention
    days = _kept_days(settings)
    # Traces of a visit in the audit log are none.
    kept = {name: life for name, life in days.items() if not name.startswith("audit")}
    life = ledger_days([*kept.values(), files.tables_days, files.lists_days, files.imports_days])
    ledger = ledger_of(settings.storage)
    return RetainedStore("ledger of erasures", life_of(life), prune_after(life, ledger.prune))


def _prune_receipts(settings: CoreSettings, before: datetime) -> int:
    with open_kept(settings) as kept:
        return RequestBook(kept.plans).prune(before)


def _retained_log(
    log: "SqliteEventLog | KafkaEventLog", settings: CoreSettings
) -> tuple[RetainedStore, ...]:
    retention = settings.retention
    letters = f"{retention.dead_letter_hours:g} hours, {retention.dead_letter_mib} MiB"
    if isinstance(log, SqliteEventLog):
        life = f"{retention.log_hours:g} hours; dead letters {letters}"
        return (RetainedStore("log", life, log.prune, log.compact),)

    def set_lives(_: datetime) -> int:
        log.set_lives()
        return 0

    return (
        RetainedStore("log", f"{settings.kafka.retention_hours:g} hours"),
        RetainedStore("dead letters", letters, set_lives),
    )


def _retained_histories(settings: CoreSettings, stack: ExitStack) -> tuple[RetainedStore, ...]:
    cassandra, storage, retention = settings.cassandra, settings.storage, settings.retention
    days = _kept_days(settings)
    if cassandra.contact_points is not None:
        return tuple(
            RetainedStore(name, life_of(kept), _prune_in_cassandra(name, kept, settings))
            for name, kept in days.items()
        )
    free = storage.minimum_free_mib
    audit = stack.enter_context(closing(SqliteAuditLog(storage.audit_file, free)))
    stores: dict[str, _PrunedFile] = {
        "events": stack.enter_context(closing(SqliteEventHistory(storage.history_file, free))),
        "decisions": stack.enter_context(
            closing(SqliteDecisionHistory(storage.decisions_file, free))
        ),
        "claims": stack.enter_context(closing(SqliteClaimStore(storage.claims_file, free))),
        "learned rounds": stack.enter_context(
            closing(SqliteLearnedRounds(storage.rounds_file, free))
        ),
        "audit log": audit,
    }
    return (
        *(
            RetainedStore(
                name, life_of(days[name]), prune_after(days[name], store.prune), store.compact
            )
            for name, store in stores.items()
        ),
        RetainedStore(
            "audit log of the catalogue",
            life_of(retention.audit_catalogue_days),
            prune_after(retention.audit_catalogue_days, audit.prune_catalogue),
        ),
    )


def _kept_days(settings: CoreSettings) -> dict[str, int]:
    """Return how long each history is kept; zero days are for ever."""
    retention = (
        settings.retention if settings.cassandra.contact_points is None else settings.cassandra
    )
    return {
        "events": retention.events_days,
        "decisions": retention.decisions_days,
        "claims": claims_days(retention.events_days, retention.decisions_days),
        "learned rounds": rounds_days(retention.rounds_days, retention.decisions_days),
        "audit log": retention.audit_days,
        "audit log of the catalogue": retention.audit_catalogue_days,
    }


def _prune_in_cassandra(name: str, days: int, settings: CoreSettings) -> Prune | None:
    """Return what removes old learned rounds: they go in order, where all else has a time to live.

    None for the other stores. Nothing is opened before it is called.
    """
    if name != "learned rounds":
        return None

    def prune(now: datetime) -> int:
        with open_kept(settings) as kept:
            return prune_after(days, kept.rounds.prune)(now)

    return prune
