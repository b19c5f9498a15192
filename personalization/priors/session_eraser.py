"""Puts sessions onto the list of erased ones, and takes them off it when nothing has them any more.

Only what is learned of sessions is erased here: who decides asks them no longer, and nights leave
them out. What the stores keep of a session is for whoever deletes that; once its events are gone
from the history, nothing needs its entry.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from personalization.audit.recording import Auditor, Change
from personalization.domain.clock import Clock
from personalization.domain.identifiers import GenerationId, SessionId
from personalization.domain.prior import SESSION_INDEX
from personalization.domain.session import SESSION_LIFE
from personalization.neighbours.erasures import (
    ERASURE_LIST,
    NOTHING_ERASED,
    Erasures,
    session_digest,
    sessions_within,
)
from personalization.neighbours.session_index import SessionIndex
from personalization.plans.editor import PlanEditor
from personalization.ports.event_history import EventHistory
from personalization.ports.learned_rounds import LearnedRounds
from personalization.ports.plan_store import ERASURES, PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.ports.waiting_events import WaitingEventStore
from personalization.priors.active_priors import ActivePriors

KEPT_VERSIONS = 20
"""Of the list: the newest says who erased what, and what decisions name."""
NIGHT = "the night"
ERASED_WHOLE = "erasure"
"""Author of those of whom the stores have nothing either: see `personalization.erasure`."""
_WHOLE_AFTER = timedelta(days=4)
"""By then their tokens have expired, nothing of theirs is on its way, and nights have gone by in
which the models were trained without them."""


class ErasureVerdict(StrEnum):
    ERASED = "erased"
    ERASED_BEFORE = "erased before"
    UNKNOWN = "unknown"
    """Neither an index nor the history has it. It is on the list all the same: its events may be
    on their way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedSession:
    session_id: SessionId
    verdict: ErasureVerdict
    generation_ids: tuple[GenerationId, ...]
    """Those whose index has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReceipt:
    sessions: tuple[ErasedSession, ...]
    version: int
    """Of the list that has them all."""
    unsearched: tuple[GenerationId, ...]
    """Generations of a former release, in whose indexes nobody can be found."""


@dataclass(frozen=True, slots=True)
class SessionEraser:
    history: EventHistory
    priors: PriorStore
    plans: PlanStore
    clock: Clock
    waiting: WaitingEventStore
    auditor: Auditor

    def erase(
        self, session_ids: Sequence[SessionId], author: str, *, dry: bool = False
    ) -> ErasureReceipt:
        """Put the sessions onto the list, unless it is to be `dry`, and say where they were.

        Events of theirs that wait for a product are removed, so that they never count, and they
        are nobody's visits any more.

        May raise `StoreFullError`, or `SupersededError` where others keep writing the list.
        """
        before = _editor(self.plans).newest().document
        after = before.with_key()
        if not dry:
            after = self._write(session_ids, author)
            self._record(before, after, author)
            if author != ERASED_WHOLE:  # Its erasers do that, and say how much there was.
                for name in session_ids:
                    self.waiting.remove(self.waiting.places_of(name))
                self.history.forget_users(session_ids)
        digests = {name: session_digest(after.key, name) for name in dict.fromkeys(session_ids)}
        found, unsearched = self._look_into_indexes(frozenset(digests.values()))
        known = self.history.read_many(list(digests))

        def verdict(session_id: SessionId, digest: str) -> ErasureVerdict:
            if digest in before.sessions():
                return ErasureVerdict.ERASED_BEFORE
            is_known = digest in found or bool(known.get(session_id))
            return ErasureVerdict.ERASED if is_known else ErasureVerdict.UNKNOWN

        sessions = (
            ErasedSession(
                session_id=name,
                verdict=verdict(name, digest),
                generation_ids=tuple(found.get(digest, ())),
            )
            for name, digest in digests.items()
        )
        return ErasureReceipt(
            sessions=tuple(sessions), version=after.version, unsearched=tuple(unsearched)
        )

    def known_among(self, session_ids: Sequence[SessionId], key: str) -> frozenset[SessionId]:
        """Return those that the history, what waits for a product, or an index has.

        `key` is the list's, by which indexes know them.
        """
        digests = {session_digest(key, name): name for name in session_ids}
        found, _ = self._look_into_indexes(digests.keys())
        return frozenset(
            (
                *(digests[digest] for digest in found),
                *(name for name in session_ids if self.history.has_session(name)),
                *(name for name in session_ids if self.waiting.places_of(name)),
            )
        )

    def _write(self, session_ids: Sequence[SessionId], author: str) -> Erasures:
        now = self.clock.now()

        def add(known: Erasures) -> Erasures:
            keyed = known.with_key()
            digests = [session_digest(keyed.key, name) for name in session_ids]
            return keyed.with_more(digests, now, author)

        return _edit(self.plans, add, author)

    def _record(self, before: Erasures, after: Erasures, author: str) -> None:
        """Say how many were erased, and by nothing who they were."""
        count = len(after.sessions() - before.sessions())
        if count:
            note = f"{count} sessions, version {after.version}"
            self.auditor.record(
                Change(author=author, action="sessions.erase", subject=ERASURES, note=note)
            )

    def _look_into_indexes(
        self, digests: Collection[str]
    ) -> tuple[dict[str, list[GenerationId]], list[GenerationId]]:
        found: dict[str, list[GenerationId]] = {}
        unsearched = []
        for generation_id, index in _indexes(self.priors):
            if len(index.digests) < index.session_count:
                unsearched.append(generation_id)
            for digest in sessions_within(index, digests):
                found.setdefault(digest, []).append(generation_id)
        return found, unsearched


def keyed_erasures(plans: PlanStore) -> Erasures:
    """Return the newest list, with a key; raises `StoreUnavailableError`."""
    return _edit(plans, Erasures.with_key, NIGHT)


def drop_spent_erasures(
    plans: PlanStore, priors: PriorStore, history: EventHistory, rounds: LearnedRounds
) -> int:
    """Take sessions off the list that nothing has any more, and return how many.

    That is: no night can read them, no kept index has them, and no kept round is theirs.

    A session has no events a life after it was erased. While the history has days of that time,
    any night might learn of it again, unless its events were erased as well.
    """
    now = datetime.now(UTC)
    oldest = min(history.days(), default=date.max)
    unread = {
        name
        for erasure in _editor(plans).newest().document.erasures
        if (erasure.erased_at + SESSION_LIFE).date() < oldest
        or (erasure.author == ERASED_WHOLE and erasure.erased_at + _WHOLE_AFTER < now)
        for name in erasure.sessions
    }
    if not unread:
        return 0
    for _, index in _indexes(priors):
        unread -= sessions_within(index, unread)
    unread -= rounds.count(unread).keys()
    _edit(plans, lambda known: known.without(unread), NIGHT)
    return len(unread)


def _editor(plans: PlanStore) -> PlanEditor[Erasures]:
    return PlanEditor(
        plans,
        ERASURES,
        lambda plan: ERASURE_LIST.decode(plan.body),
        ERASURE_LIST.encode,
        NOTHING_ERASED,
    )


def _edit(plans: PlanStore, change: Callable[[Erasures], Erasures], author: str) -> Erasures:
    written = _editor(plans).edit(change, author)
    # Each version is the whole list again.
    plans.discard(ERASURES, written.version - KEPT_VERSIONS + 1)
    return written.document


def _indexes(priors: PriorStore) -> Iterator[tuple[GenerationId, SessionIndex]]:
    """Yield the session indexes that are kept, one at a time: they are large."""
    for generation in priors.generations():
        if SESSION_INDEX in generation.rows_by_table:
            index = ActivePriors.of(priors, generation).session_index()
            if index is not None:
                yield generation.generation_id, index
