"""Erases again from what a backup brought back."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from personalization.domain.clock import SystemClock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId, UserId
from personalization.erasure.erasure_request import requests_of
from personalization.erasure.ledger import ErasureLedger
from personalization.erasure.store_eraser import ErasedPeople, ErasurePhase
from personalization.erasure.worker import ErasureWorker
from personalization.ports.stores import KeptStores

_LOG: Final = logging.getLogger(__name__)
ASKED_BY: Final = "a restored backup"
MOST_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class RestoredErasures:
    """What was restored, and who erases from it."""

    ledger: ErasureLedger
    kept: KeptStores
    worker: ErasureWorker
    night: Callable[[], AbstractContextManager[ErasureWorker]]
    """Opens what does of a night what needs no counting: lists of people above all."""
    sleep: Callable[[float], None] = time.sleep

    def erase_again(self, made_at: datetime) -> ErasedPeople:
        """Erase whoever was erased since a backup was made, and return them.

        Raises `StoreUnavailableError` where that does not end: then nothing of it may be served.
        What only a night can do waits for the next one, and a warning says so.
        """
        restored_sessions, restored_users = _people_in(self.kept)
        sessions = self.ledger.erased_since(made_at, restored_sessions)
        hashes_of = self.kept.pseudonyms.hashes_of
        users = self.ledger.people_erased_since(made_at, restored_users, hashes_of)
        erased = ErasedPeople(tuple(sessions), tuple(users))
        if not sessions and not users:
            return erased
        for request in requests_of(sessions, users, ASKED_BY, SystemClock().now()):
            self.worker.book.add(request)
        self._wait_for_live_part()
        with self.night() as night:
            night.work(ErasurePhase.NIGHT)
        _LOG.info(
            "%d erased visits and %d erased people were taken out of what was restored.",
            len(sessions),
            len(users),
        )
        self._warn_of_rest()
        return erased

    def _wait_for_live_part(self) -> None:
        waited = 0.0
        while self.worker.work():
            if waited > MOST_SECONDS:
                raise StoreUnavailableError(
                    "People who were erased are still in what was restored."
                )
            self.sleep(1.0)
            waited += 1.0

    def _warn_of_rest(self) -> None:
        book = self.worker.book
        left = [book.read(name).waits_for for name in book.open().night]
        if left:
            _LOG.warning(
                "%d erasures wait for the next night (`fitting-room privacy erasures`): %s.",
                len(left),
                "; ".join(dict.fromkeys(left)),
            )


def _people_in(kept: KeptStores) -> tuple[set[SessionId], set[UserId]]:
    """Return the sessions and users of all that may have been restored."""
    sessions = {place.session_id for place in kept.waiting.places()}
    users = {user for page in kept.people.pages() for user in page}
    for day in kept.history.days():
        for columns in kept.history.read_day_columns(day):
            sessions.update(map(SessionId, columns.session_ids))
            users.update(UserId(user) for user in columns.user_ids if user is not None)
        for records in kept.decisions.read_day(day):
            sessions.update(record.decision.session_id for record in records)
    for generation in kept.priors.generations():
        # Tastes are kept as long as a generation, also of somebody without any event.
        users.update(kept.priors.users(generation.generation_id))
    return sessions, users
