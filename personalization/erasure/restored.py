"""Erases again from what a backup brought back."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from personalization.domain.clock import SystemClock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.erasure.erasure_request import requests_of
from personalization.erasure.ledger import ErasureLedger
from personalization.erasure.worker import ErasureWorker
from personalization.ports.stores import KeptStores

_LOG: Final = logging.getLogger(__name__)
ASKED_BY: Final = "a restored backup"
MOST_SECONDS: Final = 600.0


def erase_again(
    ledger: ErasureLedger,
    kept: KeptStores,
    worker: ErasureWorker,
    made_at: datetime,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Erase whoever was erased since a backup was made; return how many visits.

    Raises `StoreUnavailableError` where that does not end: then nothing of it may be served.
    """
    sessions = ledger.erased_since(made_at, _sessions_of(kept))
    if not sessions:
        return 0
    requests = requests_of(sessions, (), ASKED_BY, SystemClock().now())
    for request in requests:
        worker.book.add(request)
    waited = 0.0
    while worker.work():
        if waited > MOST_SECONDS:
            raise StoreUnavailableError("People who were erased are still in what was restored.")
        sleep(1.0)
        waited += 1.0
    _LOG.info("%d erased visits were taken out of what was restored.", len(sessions))
    return len(sessions)


def _sessions_of(kept: KeptStores) -> Iterator[SessionId]:
    """Yield the sessions of all events and decisions."""
    for day in kept.history.days():
        for columns in kept.history.read_day_columns(day):
            yield from map(SessionId, columns.session_ids)
        for records in kept.decisions.read_day(day):
            yield from (record.decision.session_id for record in records)
