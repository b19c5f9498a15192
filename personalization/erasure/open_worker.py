"""Workers over opened stores: one that erases what serves, one that a night calls."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from personalization.audit.recording import Auditor
from personalization.domain.clock import Clock, SystemClock
from personalization.erasure.erasers import ServiceErasers, models_eraser, priors_eraser
from personalization.erasure.erasure_request import RequestBook
from personalization.erasure.free_space import FreeSpace
from personalization.erasure.home_erasers import HomeErasers
from personalization.erasure.ledger import LEDGER_FILE, ErasureLedger
from personalization.erasure.worker import ErasureWorker, Fenced
from personalization.ports.stores import KeptStores, LiveStores
from personalization.priors.session_eraser import SessionEraser
from personalization.settings.storage import StorageSettings

Rewrite = Callable[[Path], None]
"""Writes an embedded file anew."""


def erasure_worker(
    storage: StorageSettings, kept: KeptStores, live: LiveStores, clock: Clock | None = None
) -> ErasureWorker:
    """Return one that has an eraser for every store of the service."""
    clock = clock or SystemClock()
    auditor = Auditor(kept.audit, clock)
    sessions = SessionEraser(kept.history, kept.priors, kept.plans, clock, kept.waiting, auditor)
    service = ServiceErasers(kept, live, sessions)
    # Files first: they name people by ids that nobody knows once the store of people forgot them.
    erasers = (
        *_home_erasers(storage, kept).all(), *service.all(), priors_eraser(kept.priors, kept.plans),
        models_eraser(kept),
    )  # fmt: skip
    book = RequestBook(kept.plans)
    return ErasureWorker(
        book, erasers, service.fence, service.sessions_of, service.visitors_of, clock,
        ledger_of(storage), kept.pseudonyms.hashes_of,
    )  # fmt: skip


@contextmanager
def night_work(
    storage: StorageSettings, kept: KeptStores, rewrite: Rewrite, clock: Clock | None = None
) -> Iterator[ErasureWorker]:
    """Yield a worker for `ErasurePhase.NIGHT`; then nothing is left of who the requests named."""
    worker = _night_worker(storage, kept, rewrite, clock)
    before = worker.book.open().night
    yield worker
    plans, left = storage.plans_file, frozenset(worker.book.open().night)
    if not left.issuperset(before) and plans.exists():
        rewrite(plans)


def _night_worker(
    storage: StorageSettings, kept: KeptStores, rewrite: Rewrite, clock: Clock | None
) -> ErasureWorker:
    """Return one which needs nothing that lives."""
    book = RequestBook(kept.plans)
    erasers = (
        FreeSpace(storage, book, rewrite).eraser(),
        priors_eraser(kept.priors, kept.plans),
        models_eraser(kept),
        *_home_erasers(storage, kept).all(),
    )
    return ErasureWorker(
        book,
        erasers,
        lambda _, *, counts: Fenced(0, 0),  # noqa: ARG005 - as its protocol names it
        lambda _: (),
        lambda _: (),
        clock or SystemClock(),
        ledger_of(storage),
        kept.pseudonyms.hashes_of,
    )


def ledger_of(storage: StorageSettings) -> ErasureLedger:
    return ErasureLedger(storage.erased_file or storage.home / LEDGER_FILE)


def _home_erasers(storage: StorageSettings, kept: KeptStores) -> HomeErasers:
    def write(days: Sequence[date]) -> None:
        from personalization.exports.day_export import DayExport  # It loads Arrow.

        export = DayExport(kept.history, kept.decisions, storage.tables)
        for _ in export.write(days):
            pass

    return HomeErasers(storage, write, kept.pseudonyms.shop_ids)
