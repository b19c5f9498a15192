import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from api.http.blocking_calls import BlockingCalls
from api.sessions.session_consents import SessionConsents
from api.tracking.bundle_check import BundleCheck
from api.tracking.decision_check import DecisionCheck
from api.tracking.judged_batch import (
    SOURCE,
    AcceptedEvent,
    JudgedBatch,
    Judgement,
    refusal_event,
)
from api.tracking.session_users import SessionUsers
from personalization.catalogue.catalogue_cache import CatalogueCache, CatalogueIds
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import Clock
from personalization.domain.event import Device, Event
from personalization.domain.identifiers import SessionId, UserId
from personalization.learning.impression_check import CHECK_HEADER, NOT_CHECKED
from personalization.neighbours.erasures import ErasedSessions
from personalization.ports.event_log import EventPublisher, Message
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.ports.waiting_events import WaitingPlace
from personalization.settings.serving import PurchaseSource, ServingSettings
from personalization.telemetry.metrics import (
    DEAD_LETTERS,
    EVENTS_OF_UNKNOWN_PRODUCTS,
    EVENTS_TRACKED,
    EVENTS_UNFORESEEN,
)
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.rejection import EventRejection
from personalization.tracking.sent_event import SentEvent, ids_in
from personalization.tracking.unknown_products import UNKNOWN_PRODUCT, hold_back
from personalization.tracking.validation import Circumstances, judge
from personalization.tracking.waiting_room import WaitingRoom

_LOG: Final = logging.getLogger(__name__)

_APART: Final = timedelta(microseconds=1)
"""Between the moments of receipt of a batch's events, so that the history keeps their order."""

_ERASED: Final = EventRejection(
    "erased", "The session was erased, and nothing of it is taken any more: begin a new one."
)
_WITHOUT_PAUSE: Final = 50
"""Events that are judged before others of the loop have their turn."""


@dataclass(frozen=True, slots=True)
class SentBatch:
    """The events of one request, with what it says of them all."""

    events: Sequence[SentEvent]
    session_id: SessionId
    hints: ClientHints
    sent_at: object = None
    """What the batch says of it, whatever that is."""
    consent: object = None
    """The same, of consent."""
    is_attested: bool = False
    """Whether the shop's server sends them, with a secret key."""
    vouched_for: UserId | bool = False
    """As in `Circumstances`."""
    user_fault: str = ""
    decision_tokens: Sequence[str] = ()
    has_gpc: bool = False
    """Whether the browser sends `Sec-GPC: 1`."""
    is_new: bool = False
    """Whether nobody had claimed the session before this batch."""


@dataclass(frozen=True, slots=True)
class TrackService:
    """Takes the batches of one sender. A verdict is given only once the log has the event."""

    publisher: EventPublisher
    catalogue: CatalogueCache
    settings: ServingSettings
    clock: Clock
    blocking: BlockingCalls
    users: SessionUsers
    decisions: DecisionCheck
    room: WaitingRoom
    bundles: BundleCheck
    consents: SessionConsents
    erased: ErasedSessions

    async def judge(self, sent: SentBatch) -> JudgedBatch:
        """Return a verdict per event; they hold once the batch is published."""
        settings, events = self.settings, sent.events
        if self.erased.includes(sent.session_id):
            return refuse_all(sent.session_id, events, self.clock.now())
        batch = Circumstances(
            session_id=sent.session_id,
            hints=sent.hints,
            received_at=self.clock.now(),
            clock_skew=timedelta(seconds=settings.clock_skew_seconds),
            maximum_age=timedelta(hours=settings.maximum_age_hours),
            sent_at=sent.sent_at,
            consent=sent.consent,
            attested=self._attestation(sent),
            vouched_for=sent.vouched_for,
            user_fault=sent.user_fault,
            statement=await self.consents.statement(sent.session_id),
            unsaid=self.consents.settings.unsaid,
            refused=self.consents.settings.refused_by_gpc if sent.has_gpc else (),
        )
        known = await self._known_ids(events)
        judged = await judge_batch(events, batch, known, waits=self.room.hours > 0)
        judged.is_new = sent.is_new
        await self.consents.note(sent.session_id, batch.statement, judged.statement)
        checked = await self.decisions.check(
            [taken.event for taken in judged.coming_events],
            sent.decision_tokens,
            sent.session_id,
            is_new=sent.is_new,
        )
        judged.take_over(checked)
        accepted = [accepted.taken.event for accepted in judged.accepted]
        judged.drop_bundles(await self.bundles.find_false(accepted, checked.unwritten))
        await self._find_room(judged)
        return judged

    def _attestation(self, sent: SentBatch) -> bool | None:
        if sent.is_attested:
            return True
        return False if self.settings.purchases_from is PurchaseSource.SECRET else None

    async def publish(self, judged: JudgedBatch) -> None:
        """Give the log what it keeps; if that fails, all may be sent again by their ids."""
        # Once the sender has the session: a stranger must not name the user of another's.
        await self._keep_users_apart(judged)
        if judged.counts:
            await self.decisions.keep(judged.unwritten)
        await self._publish(judged)
        if judged.held:
            # After the rest of their order: if this fails, all is sent again, and that counts once.
            waiting = [held.waiting(self.room.hours) for held in judged.held]
            await self.blocking.run(partial(self.room.keep, waiting))
            EVENTS_OF_UNKNOWN_PRODUCTS.labels("kept").inc(len(waiting))
        counts = Counter(verdict.verdict for verdict in judged.verdicts)
        for verdict, count in counts.items():
            EVENTS_TRACKED.labels(verdict).inc(count)

    async def _find_room(self, judged: JudgedBatch) -> None:
        if not judged.held:
            return
        places = [held.waiting(self.room.hours).place for held in judged.held]
        ask = partial(self.room.admit, judged.batch.session_id, places)
        faults = await self.blocking.run(ask)
        judged.refuse_waiting(
            [_no_room(place, why) for place, why in zip(places, faults, strict=True)]
        )
        judged.name_waiting_lines()

    async def _known_ids(self, events: Sequence[SentEvent]) -> CatalogueIds:
        products, categories = ids_in(events)
        known = self.catalogue.recall(products, categories)
        if len(known.products) == len(products) and len(known.categories) == len(categories):
            return known
        return await self.blocking.run(lambda: self.catalogue.read_ids(products, categories))

    async def _keep_users_apart(self, judged: JudgedBatch) -> None:
        found = await self.users.refusals(judged.batch.session_id, judged.coming_events)
        judged.refuse_coming(found.refusals)
        judged.rename_users(found.aliases)

    async def _publish(self, judged: JudgedBatch) -> None:
        coming = judged.coming if judged.accepted or not judged.is_new else []
        accepted = [_message(event) for event in coming]
        batches = ((USER_INTERACTIONS, accepted), (DEAD_LETTER, judged.dead))
        pending = [
            asyncio.wrap_future(self.publisher.publish(topic, messages))
            for topic, messages in batches
            if messages
        ]
        await asyncio.gather(*pending)
        if judged.dead:
            DEAD_LETTERS.labels(SOURCE).inc(len(judged.dead))


def refuse_all(session_id: SessionId, events: Sequence[SentEvent], now: datetime) -> JudgedBatch:
    """Return verdicts that take nothing: who holds a secret key may send of any session."""
    hints, never = ClientHints(None, Device.UNKNOWN), timedelta(0)
    judged = JudgedBatch(Circumstances(session_id, hints, now, never, never, consent=[]))
    for event in events:
        judged.reject(event, _ERASED)
    return judged


async def judge_batch(
    events: Sequence[SentEvent], batch: Circumstances, known: CatalogueIds, *, waits: bool = False
) -> JudgedBatch:
    """Judge the events; with `waits` those of products that are not known yet are held back."""
    result = JudgedBatch(batch)
    taken: set[str] = set()
    statement = batch.statement
    for index, event in enumerate(events):
        if index % _WITHOUT_PAUSE == 0:
            await asyncio.sleep(0)
        later = len(taken) * _APART
        judgement = _judgement(event, batch, known, later, waits=waits)
        word = judgement.word(batch)
        # Also where a choice was made since: what was done before the refusal is taken back.
        if word is not None and judgement.takes_back(word, batch):
            received = replace(batch, received_at=batch.received_at + later)
            said = () if word.refuses_all else word.said
            result.refusals.append(refusal_event(received, word.moment, said))
        heard = judgement.add_to(statement, word, batch)
        if heard is not statement:
            statement = heard.turn(statement, batch.received_at)
            result.batch = batch = replace(batch, statement=statement)
        event_id = judgement.event_id
        if event_id is not None and event_id in taken:
            result.duplicate(event)
            continue
        if event_id is not None:
            taken.add(event_id)
        result.take(event, judgement, replace(batch, received_at=batch.received_at + later))
    result.statement = statement
    return result


def _judgement(
    event: SentEvent, batch: Circumstances, known: CatalogueIds, later: timedelta, *, waits: bool
) -> Judgement:
    try:
        outcome = judge(event, batch, known, later)
        return Judgement(outcome, hold_back(event, outcome, batch, known) if waits else None)
    except Exception:  # noqa: BLE001 (it is logged and counted)
        # Nobody has foreseen it, and the events beside it are not at fault.
        _LOG.exception("an event could not be judged")
        EVENTS_UNFORESEEN.inc()
        why = "The event could not be judged: the failure is logged."
        return Judgement(EventRejection("internal", why))


def _no_room(place: WaitingPlace, why: str | None) -> EventRejection | None:
    if why is None:
        return None
    EVENTS_OF_UNKNOWN_PRODUCTS.labels("no_room").inc()
    detail = f"The catalogue has no product {place.product_ids[0]!r}, and {why}: import it first."
    return EventRejection(UNKNOWN_PRODUCT, detail)


def _message(accepted: AcceptedEvent | Event) -> Message:
    if isinstance(accepted, Event):
        return Message(accepted.session_id, EVENT.encode(accepted), ())
    event = accepted.taken.event
    headers = () if accepted.was_checked else ((CHECK_HEADER, NOT_CHECKED),)
    return Message(event.session_id, EVENT.encode(event), headers)
