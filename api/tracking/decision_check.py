"""Judges what events say of decisions, without a store, and keeps the decisions of first visits.

What this process has handed out it knows by heart (`SlateBook`). The decision of a first visit is
written nowhere: it is made again from its token, and kept once an event of its session is taken.
That of a row is in its token as a whole (`SentRecords`).
What neither answers is passed on as unchecked, and the learner judges it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from api.http.blocking_calls import BlockingCalls
from api.profiles.decision_tokens import DecisionTokens
from api.profiles.slate_book import ONLY_THE_PAGE_HAS_IT, HandedSlate, Line, SlateBook
from api.recommendations.record_tokens import is_record_token
from api.recommendations.sent_records import SentRecords, slate_of
from personalization.domain.clock import Clock
from personalization.domain.errors import (
    DecisionTokenError,
    GoneDecisionError,
    StoreUnavailableError,
)
from personalization.domain.event import Event, EventType
from personalization.domain.first_visit import FirstVisit
from personalization.domain.identifiers import DecisionId, SessionId, decided_at_of
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.profile_store import ProfileStore
from personalization.profiles.builder import stored_profile
from personalization.telemetry.metrics import FIRST_DECISIONS_KEPT, STORE_FAILURES
from personalization.tracking.rejection import EventRejection

MOST_TOKENS: Final = 4
"""Of a batch: a page has one, and two tabs that were opened at once have two."""
MADE_AT_ONCE: Final = 8
"""Decisions made again for one batch, some five milliseconds each."""
_CLOCKS_APART: Final = timedelta(minutes=1)
"""A decision of another process may seem to be made so much later than now."""
_UNKNOWN: Final = EventRejection(
    "unknown_decision",
    "There is no such decision: repeat `decision_id` and `decision_token` of the profile.",
)
_FOREIGN: Final = EventRejection(
    "foreign_decision", "The decision was made for another session: send that of your own profile."
)
_NOT_SHOWN: Final = EventRejection(
    "not_in_slate",
    "The decision's slate does not have these products in these slots: repeat the profile's.",
)
_GONE: Final = "decision_gone"
_BAD_TOKEN: Final = "decision_token"  # noqa: S105 - the code of a verdict
_AWAY: Final = "decision_unavailable"


class MakesAgain(Protocol):
    def make_again(self, visit: FirstVisit) -> DecisionRecord:
        """Raise `GoneDecisionError` where that can never be, `StoreUnavailableError` if not now."""


@dataclass(frozen=True, slots=True)
class CheckedEvent:
    event: Event
    was_checked: bool = True
    """False where only the learner can judge it."""
    left_out: tuple[str, ...] = ()
    """Products of the event that its decision has not shown."""


@dataclass(slots=True)
class CheckedBatch:
    outcomes: list[CheckedEvent | EventRejection] = field(default_factory=list)
    unwritten: list[DecisionRecord] = field(default_factory=list)
    """First decisions that are to be kept before the events are published."""


@dataclass(slots=True)
class _MadeAgain:
    slates: dict[DecisionId, HandedSlate] = field(default_factory=dict)
    faults: dict[DecisionId, EventRejection] = field(default_factory=dict)
    unwritten: list[DecisionRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DecisionCheck:
    book: SlateBook
    tokens: DecisionTokens
    first_decisions: MakesAgain
    decisions: DecisionHistory
    profiles: ProfileStore
    sent_records: SentRecords
    clock: Clock
    blocking: BlockingCalls

    async def check(
        self,
        events: Sequence[Event],
        sent_tokens: Sequence[str],
        session_id: SessionId,
        *,
        is_new: bool,
    ) -> CheckedBatch:
        """Judge events of a session; nobody had claimed it so far if it `is_new`."""
        if not events:
            return CheckedBatch()
        made = _MadeAgain()
        of_rows = self.sent_records.new_among(sent_tokens)
        others = [token for token in sent_tokens if not is_record_token(token)]
        wanted = self._unwritten(events, others, session_id, made)
        if wanted:
            await self.blocking.run(partial(self._make_again, wanted, made))
        if of_rows:
            await self.blocking.run(partial(self._read, of_rows, session_id, made))
        judge = partial(self._judge, made=made, is_new=is_new, now=self.clock.now())
        return CheckedBatch([judge(event) for event in events], made.unwritten)

    async def keep(self, records: Sequence[DecisionRecord]) -> None:
        """Keep first decisions as if they had been when they were made.

        Raises `StoreUnavailableError` if neither the history nor the log takes them.
        """
        if records:
            await self.blocking.run(partial(self._write, records))
            for record in records:
                self.book.put(slate_of(record))
                self.book.forget_token(record.decision.decision_id)

    def find_unwritten(
        self, session_id: SessionId, decision_id: DecisionId, sent_token: str = ""
    ) -> DecisionRecord | None:
        """Return the decision of a first visit that this process has handed out (blocking).

        That of a row is known by its token only.
        """
        if is_record_token(sent_token):
            return self.sent_records.find(sent_token, session_id, decision_id)
        slate = self.book.find(decision_id)
        if slate is None or slate.token is None:
            return None
        try:
            visit = self.tokens.read(slate.token, session_id, self.clock.now())
            return self.first_decisions.make_again(visit)
        except (DecisionTokenError, GoneDecisionError):
            return None

    def _unwritten(
        self,
        events: Sequence[Event],
        sent_tokens: Sequence[str],
        session_id: SessionId,
        made: _MadeAgain,
    ) -> Mapping[DecisionId, FirstVisit]:
        """Return what is to be made again: of a token, or shown here to the session before."""
        slates = (self.book.find(event.decision_id) for event in events if event.decision_id)
        named = (slate.token for slate in slates if slate)
        remembered = filter(None, (*named, self.book.token_of(session_id)))
        visits: dict[DecisionId, FirstVisit] = {}
        for token in dict.fromkeys((*sent_tokens[:MOST_TOKENS], *remembered)):
            try:
                visit = self.tokens.read(token, session_id, self.clock.now())
            except DecisionTokenError as error:
                claimed = self.tokens.named_by(token)
                if claimed is not None:
                    made.faults[claimed] = EventRejection(_BAD_TOKEN, str(error))
                continue
            known = self.book.find(visit.decision_id)
            if len(visits) < MADE_AT_ONCE and (known is None or known.token is not None):
                visits[visit.decision_id] = visit
        return visits

    def _read(self, tokens: Sequence[str], session_id: SessionId, made: _MadeAgain) -> None:
        read = self.sent_records.read(tokens, session_id)
        made.faults.update(read.faults)
        made.unwritten += read.records
        made.slates.update(
            {record.decision.decision_id: slate_of(record) for record in read.records}
        )

    def _make_again(self, visits: Mapping[DecisionId, FirstVisit], made: _MadeAgain) -> None:
        for decision_id, visit in visits.items():
            try:
                record = self.first_decisions.make_again(visit)
            except GoneDecisionError as error:
                self._look_up(visit, error, made)
            except StoreUnavailableError as error:
                made.faults[decision_id] = EventRejection(_AWAY, f"{error} Send it again later.")
            else:
                made.slates[decision_id] = slate_of(record)
                made.unwritten.append(record)
        for fault in made.faults.values():
            FIRST_DECISIONS_KEPT.labels(fault.code).inc()

    def _look_up(self, visit: FirstVisit, error: GoneDecisionError, made: _MadeAgain) -> None:
        """Find a decision that was kept before what it was made of went."""
        decision_id = visit.decision_id
        try:
            shown = self.decisions.read_slates([decision_id]).get(decision_id)
        except StoreUnavailableError:
            shown = None
        if shown is None:
            detail = f"{error} Its impressions can teach nothing: read the profile again."
            made.faults[decision_id] = EventRejection(_GONE, detail)
            return
        lines = ((slot.product_id, slot.position) for slot in shown.slate)
        made.slates[decision_id] = HandedSlate.of(decision_id, shown.session_id, lines)

    def _judge(
        self, event: Event, made: _MadeAgain, now: datetime, *, is_new: bool
    ) -> CheckedEvent | EventRejection:
        if event.decision_id is None:
            return CheckedEvent(event)
        is_impression = event.type is EventType.IMPRESSION
        slate = made.slates.get(event.decision_id) or self.book.find(event.decision_id)
        if slate is not None and slate.session_id != event.session_id:
            return _FOREIGN
        fault = made.faults.get(event.decision_id)
        if fault is not None and (slate is None or slate.token is not None):
            return fault if is_impression else CheckedEvent(event, was_checked=False)
        if slate is None or (is_new and slate.token == ONLY_THE_PAGE_HAS_IT):
            # No batch before a session's first one can have brought a token that this one lacks.
            # What was bought is worth more than where it was seen: the doubt costs an impression.
            is_known_not_to_be = not _may_exist(event.decision_id, now) or (
                is_new and is_impression
            )
            return _UNKNOWN if is_known_not_to_be else CheckedEvent(event, was_checked=False)
        # Another process may have been sent the token, or this is one too many of a batch: the
        # learner knows.
        was_made = slate.token is None
        checked = _check_lines(event, slate.lines)
        if isinstance(checked, CheckedEvent):
            return replace(checked, was_checked=was_made)
        return checked

    def _write(self, records: Sequence[DecisionRecord]) -> None:
        self.decisions.append(records)
        FIRST_DECISIONS_KEPT.labels("kept").inc(len(records))
        # What a row shows is no profile.
        profiles = [record for record in records if record.decision.asked is None]
        if not profiles:
            return
        newest = max(profiles, key=lambda record: record.decision.decided_at)
        try:
            stored = stored_profile(newest.profile)
            self.profiles.write_many({newest.profile.session_id: stored})
        except StoreUnavailableError:
            STORE_FAILURES.labels("profiles").inc()


def _may_exist(decision_id: DecisionId, now: datetime) -> bool:
    decided_at = decided_at_of(decision_id)
    return decided_at is not None and decided_at <= now + _CLOCKS_APART


def _check_lines(event: Event, slate: frozenset[Line]) -> CheckedEvent | EventRejection:
    lines = list(_lines_of(event))
    if event.type is not EventType.IMPRESSION:
        # Without a slot it says only which page it came from: lists beside the slate name it too.
        named = len(event.slots) == len(lines) > 0
        return CheckedEvent(event) if not named or slate & set(lines) else _NOT_SHOWN
    if len(event.slots) != len(lines):
        products = {product for product, _ in slate}
        kept = [place for place, line in enumerate(lines) if line[0] in products]
    else:
        kept = [place for place, line in enumerate(lines) if line in slate]
    if not kept:
        return _NOT_SHOWN
    if len(kept) == len(lines):
        return CheckedEvent(event)
    shown = event.with_lines(kept)
    names = set(shown.line_ids)
    left_out = tuple(name for name in event.line_ids if name not in names)
    return CheckedEvent(shown, left_out=left_out)


def _lines_of(event: Event) -> Iterable[Line]:
    slots = event.slots if len(event.slots) == len(event.product_ids) else ()
    return zip(event.product_ids, slots or (-1,) * len(event.product_ids), strict=True)
