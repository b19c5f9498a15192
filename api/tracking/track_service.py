import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from api.http.blocking_calls import BlockingCalls
from api.schemas.track import Verdict
from api.tracking.decision_check import CheckedBatch, CheckedEvent, DecisionCheck
from api.tracking.session_users import SessionUsers
from personalization.catalogue.catalogue_cache import CatalogueCache, CatalogueIds
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import Clock
from personalization.domain.identifiers import SessionId
from personalization.learning.impression_check import CHECK_HEADER, NOT_CHECKED
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.event_log import EventPublisher, Message
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.settings.serving import ServingSettings
from personalization.telemetry.metrics import DEAD_LETTERS, EVENTS_TRACKED, EVENTS_UNFORESEEN
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.dead_letters import letter_message
from personalization.tracking.event_warning import warning
from personalization.tracking.rejection import EventRejection
from personalization.tracking.sender_clock import sent_at_headers
from personalization.tracking.validation import (
    Circumstances,
    SentEvent,
    TakenEvent,
    ids_in,
    judge,
)

_LOG: Final = logging.getLogger(__name__)
SOURCE: Final = "api"
ACCEPTED: Final = "accepted"
DUPLICATE: Final = "duplicate"
REJECTED: Final = "rejected"
_TWICE: Final = "The batch holds this event twice: nothing to do, the first one counts."

_APART: Final = timedelta(microseconds=1)
"""Between the moments of receipt of a batch's events, so that the history keeps their order."""

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
    decision_tokens: Sequence[str] = ()
    is_new: bool = False
    """Whether nobody had claimed the session before this batch."""


@dataclass(frozen=True, slots=True)
class _Accepted:
    """An event that is to be published, unless it turns out to be of another user."""

    place: int
    """Of its verdict."""
    sent: SentEvent
    taken: TakenEvent
    was_checked: bool = True
    """False where only the learner can judge the decision that it names."""


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """The verdicts, and what of the batch is still to be kept and published."""

    batch: Circumstances
    verdicts: list[Verdict] = field(default_factory=list)
    accepted: list[_Accepted] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    unwritten: list[DecisionRecord] = field(default_factory=list)
    """First decisions that the events follow from."""

    def accept(self, sent: SentEvent, taken: TakenEvent) -> None:
        self.accepted.append(_Accepted(len(self.verdicts), sent, taken))
        self.verdicts.append(Verdict(taken.event.event_id, ACCEPTED, warnings=taken.warnings))

    def reject(self, sent: SentEvent, rejection: EventRejection) -> None:
        self.verdicts.append(_rejection_verdict(sent, rejection))
        self.dead.append(_dead_letter(sent, rejection, self.batch))

    @property
    def evidence(self) -> int:
        """How many of the accepted events make a profile."""
        return sum(event.taken.event.type.is_evidence for event in self.accepted)

    def refuse(self, refusals: Sequence[EventRejection | None]) -> None:
        """Turn acceptances into rejections; `refusals` runs parallel to them."""
        accepted, self.accepted[:] = list(self.accepted), []
        for event, refusal in zip(accepted, refusals, strict=True):
            if refusal is None:
                self.accepted.append(event)
            else:
                self.verdicts[event.place] = _rejection_verdict(event.sent, refusal)
                self.dead.append(_dead_letter(event.sent, refusal, self.batch))

    def take_over(self, checked: CheckedBatch) -> None:
        """Refuse the events that contradict their decisions, and cut others to what it showed."""
        self.unwritten[:] = checked.unwritten
        outcomes = checked.outcomes
        kept = [
            _cut(accepted, outcome) if isinstance(outcome, CheckedEvent) else accepted
            for accepted, outcome in zip(self.accepted, outcomes, strict=True)
        ]
        for accepted in kept:
            place, warnings = accepted.place, accepted.taken.warnings
            if warnings is not self.verdicts[place].warnings:
                event_id = accepted.taken.event.event_id
                self.verdicts[place] = Verdict(event_id, ACCEPTED, warnings=warnings)
        self.accepted[:] = kept
        self.refuse([each if isinstance(each, EventRejection) else None for each in outcomes])


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

    async def judge(self, sent: SentBatch) -> JudgedBatch:
        """Return a verdict per event; they hold once the batch is published."""
        settings, events = self.settings, sent.events
        batch = Circumstances(
            session_id=sent.session_id,
            hints=sent.hints,
            received_at=self.clock.now(),
            clock_skew=timedelta(seconds=settings.clock_skew_seconds),
            maximum_age=timedelta(hours=settings.maximum_age_hours),
            sent_at=sent.sent_at,
        )
        judged = await judge_batch(events, batch, await self._known_ids(events))
        checked = await self.decisions.check(
            [accepted.taken.event for accepted in judged.accepted],
            sent.decision_tokens,
            sent.session_id,
            is_new=sent.is_new,
        )
        judged.take_over(checked)
        return judged

    async def publish(self, judged: JudgedBatch) -> None:
        """Give the log what it keeps; if that fails, all may be sent again by their ids."""
        # Once the sender has the session: a stranger must not name the user of another's.
        await self._keep_users_apart(judged)
        if judged.accepted:
            await self.decisions.keep(judged.unwritten)
        await self._publish(judged)
        counts = Counter(verdict.verdict for verdict in judged.verdicts)
        for verdict, count in counts.items():
            EVENTS_TRACKED.labels(verdict).inc(count)

    async def _known_ids(self, events: Sequence[SentEvent]) -> CatalogueIds:
        products, categories = ids_in(events)
        known = self.catalogue.recall(products, categories)
        if len(known.products) == len(products) and len(known.categories) == len(categories):
            return known
        return await self.blocking.run(lambda: self.catalogue.read_ids(products, categories))

    async def _keep_users_apart(self, judged: JudgedBatch) -> None:
        taken = [event.taken for event in judged.accepted]
        judged.refuse(await self.users.refusals(judged.batch.session_id, taken))

    async def _publish(self, judged: JudgedBatch) -> None:
        accepted = [_message(event) for event in judged.accepted]
        batches = ((USER_INTERACTIONS, accepted), (DEAD_LETTER, judged.dead))
        pending = [
            asyncio.wrap_future(self.publisher.publish(topic, messages))
            for topic, messages in batches
            if messages
        ]
        await asyncio.gather(*pending)
        if judged.dead:
            DEAD_LETTERS.labels(SOURCE).inc(len(judged.dead))


async def judge_batch(
    events: Sequence[SentEvent], batch: Circumstances, known: CatalogueIds
) -> JudgedBatch:
    result = JudgedBatch(batch)
    taken: set[str] = set()
    for index, event in enumerate(events):
        if index % _WITHOUT_PAUSE == 0:
            await asyncio.sleep(0)
        outcome = _outcome(event, batch, known, len(taken) * _APART)
        if isinstance(outcome, EventRejection):
            result.reject(event, outcome)
        elif outcome.event.event_id in taken:
            result.verdicts.append(Verdict(outcome.event.event_id, DUPLICATE, "duplicate", _TWICE))
        else:
            taken.add(outcome.event.event_id)
            result.accept(event, outcome)
    return result


def _outcome(
    event: SentEvent, batch: Circumstances, known: CatalogueIds, later: timedelta
) -> TakenEvent | EventRejection:
    try:
        return judge(event, batch, known, later)
    except Exception:  # noqa: BLE001 (it is logged and counted)
        # Nobody has foreseen it, and the events beside it are not at fault.
        _LOG.exception("an event could not be judged")
        EVENTS_UNFORESEEN.inc()
        return EventRejection("internal", "The event could not be judged: the failure is logged.")


def _cut(accepted: _Accepted, checked: CheckedEvent) -> _Accepted:
    """Return the event as it was checked, with a warning of what was left out of it."""
    before, warnings = accepted.taken.event, accepted.taken.warnings
    if checked.event is before and checked.was_checked == accepted.was_checked:
        return accepted
    if checked.left_out:
        count = f"{len(checked.left_out)} of {len(before.product_ids)} products were left out: "
        why = f"{count}the decision's slate does not have them there."
        warnings = (*warnings, warning("not_in_slate", why, checked.left_out))
    taken = replace(accepted.taken, event=checked.event, warnings=warnings)
    return replace(accepted, taken=taken, was_checked=checked.was_checked)


def _message(accepted: _Accepted) -> Message:
    event = accepted.taken.event
    headers = () if accepted.was_checked else ((CHECK_HEADER, NOT_CHECKED),)
    return Message(event.session_id, EVENT.encode(event), headers)


def _rejection_verdict(sent: SentEvent, rejection: EventRejection) -> Verdict:
    event_id = sent.fields.event_id if sent.fields is not None else None
    text = None if event_id is None else str(event_id)
    return Verdict(text, REJECTED, rejection.code, rejection.detail)


def _dead_letter(sent: SentEvent, rejection: EventRejection, batch: Circumstances) -> Message:
    reason = f"{rejection.code}: {rejection.detail}"
    headers = sent_at_headers(batch.sent_at)
    return letter_message(batch.session_id, sent.raw, reason, SOURCE, headers)
