"""Works requests for erasure off; any number of processes may, and any of them may be killed."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

from personalization.domain.clock import Clock
from personalization.domain.errors import PersonalizationError, StoreUnavailableError
from personalization.domain.identifiers import SessionId, UserId
from personalization.erasure.erasure_request import (
    SESSIONS_OF_A_PART,
    ErasureRequest,
    ErasureState,
    RequestBook,
    StoreErasure,
    requests_of,
)
from personalization.erasure.ledger import ErasureLedger, HashesOf
from personalization.erasure.store_eraser import ErasedPeople, ErasurePhase, StoreEraser

_LOG: Final = logging.getLogger(__name__)
SETTLE: Final = timedelta(seconds=5)
"""After the fence: by then every process knows of it, and has written what it had in hand."""


@dataclass(frozen=True, slots=True)
class Fenced:
    known: int
    """Of how many sessions anything is known."""
    outside: int
    """For how many there was no room: they go on until there is."""
    fresh: int = 0
    """How many of the known were fenced off just now."""


class Fence(Protocol):
    def __call__(self, people: ErasedPeople, *, counts: bool) -> Fenced:
        """Keep the sessions from doing or being anything more.

        One that `counts` also asks of how many that were fenced before anything is known still.
        """


SessionsOf = Callable[[UserId], Sequence[SessionId]]
VisitorsOf = Callable[[Sequence[SessionId]], Collection[UserId]]
"""Returns whose the sessions are, as long as anything is known of them."""
OnRequest = Callable[[ErasureRequest], None]
_BETWEEN: Final = 20
"""Requests that were asked for meanwhile."""
_ON_ITS_WAY: Final = "what is on its way to arrive"


def _tell_nobody(_: ErasureRequest) -> None: ...


@dataclass(frozen=True, slots=True)
class ErasureWorker:
    book: RequestBook
    erasers: Sequence[StoreEraser]
    fence: Fence
    sessions_of: SessionsOf
    visitors_of: VisitorsOf
    clock: Clock
    ledger: ErasureLedger
    hashes_of: HashesOf

    def work(
        self,
        phase: ErasurePhase = ErasurePhase.LIVE,
        on_request: OnRequest = _tell_nobody,
        *,
        newest_first: bool = False,
    ) -> int:
        """Bring open requests as far as they can be brought now; return how many still wait.

        A live part is begun with a call, and finished with the first one after `SETTLE`. A night
        takes those whose live part is done. One that fails waits for the next call, and does not
        keep the others. Who works beside the service takes the newest first: they meet halfway.
        What is asked for meanwhile comes between: a person does not wait for a million others.
        """
        waiting = 0
        for request_id in self._in_turn(phase, newest_first=newest_first):
            request = self.book.read(request_id)
            try:
                request = self._advance(request, phase)
            except PersonalizationError as error:
                self.book.change(request_id, partial(replace, waits_for=str(error)))
                _LOG.warning("an erasure waits", extra={"fields": {"request": request_id}})
                waiting += 1
                continue
            waiting += request.state is ErasureState.WAITING
            on_request(request)
        return waiting

    def _in_turn(self, phase: ErasurePhase, *, newest_first: bool) -> Iterator[str]:
        known = self.book.open()
        names = known.waiting if phase is ErasurePhase.LIVE else known.night
        at_first = frozenset(names)
        for name in reversed(names) if newest_first else names:
            yield name
            if phase is ErasurePhase.LIVE:
                # Those that settle cost a look; further ones wait for the next call.
                waiting = self.book.open().waiting
                yield from [new for new in waiting if new not in at_first][:_BETWEEN]

    def _advance(self, request: ErasureRequest, phase: ErasurePhase) -> ErasureRequest:
        if request.state is ErasureState.WAITING and phase is ErasurePhase.LIVE:
            return self._erase_live(request)
        if request.state is ErasureState.LIVE_DONE and phase is ErasurePhase.NIGHT:
            return self._erase_rest(request)
        return request

    def _erase_live(self, request: ErasureRequest) -> ErasureRequest:
        now, before = self.clock.now(), request.sessions
        last = max((known.erased_at for known in request.stores), default=None)
        settles = last is not None and now - last < SETTLE
        if settles and request.waits_for == _ON_ITS_WAY:
            # Whoever looks as well has nothing to do before that has arrived.
            return request
        was_begun = last is not None
        request, fenced = self._find_visits(request)
        if request.state is not ErasureState.WAITING:
            return request
        found, failure = self._erase(request.people, ErasurePhase.LIVE)
        if fenced.outside:
            room = f"room on the list of erased visits for {fenced.outside:,} of them"
            failure = "; ".join(filter(None, (failure, room)))
        is_settled = was_begun and not settles and not fenced.fresh and request.sessions == before
        is_done = is_settled and not failure
        if is_done:
            self.ledger.add(request.sessions, now, self._first_hashes(request.users))

        def note(known: ErasureRequest) -> ErasureRequest:
            noted = known.with_erased(found)
            if known.state is not ErasureState.WAITING:
                return noted  # Another worker was faster.
            return replace(
                noted,
                waits_for=failure or ("" if is_done else _ON_ITS_WAY),
                state=ErasureState.LIVE_DONE if is_done else ErasureState.WAITING,
                live_at=now if is_done else None,
            )

        return self.book.change(request.request_id, note)

    def _first_hashes(self, users: Sequence[UserId]) -> list[UserId]:
        return [name for user in users for name in self.hashes_of(user)[:1]]

    def _find_visits(self, request: ErasureRequest) -> tuple[ErasureRequest, Fenced]:
        """Fence off the visits of the people, and note whose others are: nothing tells it later.

        Each time: those that have just begun come into the history some moments later, and
        somebody may have restored the list.
        """
        of_users = (name for user in request.users for name in self.sessions_of(user))
        sessions = tuple(dict.fromkeys((*request.sessions, *of_users)))
        parts = request.parts
        if len(sessions) > SESSIONS_OF_A_PART:
            sessions, more = sessions[:SESSIONS_OF_A_PART], sessions[SESSIONS_OF_A_PART:]
            parts = self._add_parts(request, more)
        is_counted = request.is_counted and sessions == request.sessions
        fenced = self.fence(ErasedPeople(sessions, request.users), counts=not is_counted)
        visitors = request.with_visitors(self.visitors_of(sessions)).visitors
        if is_counted and not fenced.fresh and visitors == request.visitors:
            return request, fenced
        unknown = len(sessions) - fenced.known

        def note(kept: ErasureRequest) -> ErasureRequest:
            if kept.state is not ErasureState.WAITING:
                return kept  # Another worker was faster, and it may name nobody any more.
            kept = kept.with_visitors(visitors)
            if kept.is_counted and kept.sessions == sessions:
                return replace(kept, unknown=max(0, kept.unknown - fenced.fresh))
            return replace(
                kept,
                sessions=sessions,
                session_count=len(sessions),
                unknown=max(0, unknown),
                is_counted=True,
                parts=parts,
            )

        return self.book.change(request.request_id, note), fenced

    def _add_parts(self, request: ErasureRequest, more: Sequence[SessionId]) -> tuple[str, ...]:
        """Ask for what is too much for one request, once; return all names of such requests."""
        taken = {
            name
            for part in request.parts
            if self.book.has(part)
            for name in self.book.read(part).sessions
        }
        left = [name for name in more if name not in taken]
        if request.parts and not left:
            return request.parts
        made = requests_of(left, (), request.asked_by, self.clock.now())
        for part in made:
            self.book.add(part)
        return (*request.parts, *(part.request_id for part in made))

    def _erase_rest(self, request: ErasureRequest) -> ErasureRequest:
        found, failure = self._erase(request.people, ErasurePhase.NIGHT)
        now = self.clock.now()
        if not failure:
            # A backup of meanwhile may have what was erased just now, and no request for it.
            self.ledger.add((), now, self._first_hashes(request.users))

        def note(known: ErasureRequest) -> ErasureRequest:
            noted = known.with_erased(found)
            if failure:
                # Another night: until then the request still names whom it has to look for.
                return replace(noted, waits_for=failure)
            return replace(noted.anonymous(), state=ErasureState.DONE, done_at=now, waits_for="")

        noted = self.book.change(request.request_id, note)
        if not failure:
            self.book.close(request.request_id)
        return noted

    def _erase(self, subject: ErasedPeople, phase: ErasurePhase) -> tuple[list[StoreErasure], str]:
        """Erase from all stores of a phase; say as well which did not answer, and why."""
        found, failures = list[StoreErasure](), list[str]()
        for eraser in self.erasers:
            if eraser.phase is not phase:
                continue
            try:
                erased = eraser.erase(subject)
            except (StoreUnavailableError, OSError) as error:
                # A file that may not be written keeps nothing but itself.
                why = error.strerror if isinstance(error, OSError) else error
                failures.append(f"{eraser.name}: {why}")
                continue
            now = self.clock.now()
            found.append(
                StoreErasure(
                    store=eraser.name, removed=erased.removed, erased_at=now, left=erased.left
                )
            )
            if erased.waits:
                failures.append(f"{eraser.name}: {erased.left}")
        if failures:
            _LOG.warning("an erasure waits", extra={"fields": {"stores": failures}})
        return found, "; ".join(failures)
