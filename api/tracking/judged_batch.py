"""The verdicts of a batch while it is judged, and what of it is to be kept and published."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from api.schemas.track import Verdict
from api.tracking.decision_check import CheckedBatch, CheckedEvent
from personalization.domain.consent import NOTHING_STATED, Consent, ConsentStatement, without
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, UserId
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.event_log import Message
from personalization.ports.waiting_events import WaitingEvent
from personalization.tracking.consents import HEARD
from personalization.tracking.dead_letters import letter_message
from personalization.tracking.event_warning import warning
from personalization.tracking.rejection import NO_CONSENT, EventRejection
from personalization.tracking.request_notes import notes_of
from personalization.tracking.sender_clock import sent_at_headers
from personalization.tracking.sent_consent import refuses_everything
from personalization.tracking.sent_event import SentEvent
from personalization.tracking.unknown_products import UNKNOWN_PRODUCT, HeldEvent, waiting_event
from personalization.tracking.validation import Circumstances, TakenEvent

SOURCE: Final = "api"
ACCEPTED: Final = "accepted"
WAITING: Final = "waiting"
DUPLICATE: Final = "duplicate"
REJECTED: Final = "rejected"
TWICE: Final = "The batch holds this event twice: nothing to do, the first one counts."
_WAITS: Final = "The catalogue does not have it yet: the event is kept, and counts once it does."
_NOT_WHOLE: Final = (
    "It counts as an ordinary order: `bundle_id` and `decision_id` are those of a profile of this "
    "session, and the order has every product of that bundle."
)


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """An event that is to be published, unless it turns out to be of another user."""

    place: int
    """Of its verdict."""
    sent: SentEvent
    taken: TakenEvent
    was_checked: bool = True
    """False where only the learner can judge the decision that it names."""


@dataclass(frozen=True, slots=True)
class ConsentWord:
    """What an event says of consent."""

    said: Consent
    moment: datetime
    refuses_all: bool = False
    """Whether nothing is left that was agreed to."""

    @classmethod
    def of(
        cls, said: Consent | None, moment: datetime, *, refuses_all: bool = False
    ) -> "ConsentWord | None":
        return None if said is None else cls(said, moment, refuses_all)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one event is, and what of it waits."""

    outcome: TakenEvent | EventRejection
    held: HeldEvent | None = None

    @property
    def event_id(self) -> str | None:
        """The event's id, None where it neither counts nor waits."""
        if self.held is not None and self.waits_whole:
            return self.held.taken.event.event_id
        return self.outcome.event.event_id if isinstance(self.outcome, TakenEvent) else None

    @property
    def waits_whole(self) -> bool:
        return self.held is not None and not self.held.is_rest

    def takes_back(self, word: ConsentWord, batch: Circumstances) -> bool:
        """Say whether others have to be told of the word, since the event itself is not there.

        One that waits for its product may never come: a choice ends its waiting.
        """
        if word.refuses_all:
            return batch.statement.takes_back(word.moment)
        return self.waits_whole and batch.statement.is_narrowed_by(
            word.said, word.moment, batch.unsaid
        )

    @property
    def event(self) -> TakenEvent | None:
        """The event, where it counts or waits."""
        if isinstance(self.outcome, TakenEvent):
            return self.outcome
        return None if self.held is None else self.held.taken

    def add_to(
        self, statement: ConsentStatement, word: ConsentWord | None, batch: Circumstances
    ) -> ConsentStatement:
        """Return the statement with the event's word, or what its browser alone refuses."""
        taken = self.event
        if taken is not None and taken.said is None:
            refused, moment = batch.refused, taken.event.occurred_at
            return statement.signal(refused, moment) if refused else statement
        return statement if word is None else statement.hear(word.said, word.moment)

    def word(self, batch: Circumstances) -> ConsentWord | None:
        """Return what the event says of consent, None for nothing."""
        outcome, taken = self.outcome, self.event
        if taken is not None:
            return ConsentWord.of(_said_of(taken, batch), taken.event.occurred_at)
        if not isinstance(outcome, EventRejection) or outcome.refused_at is None:
            return None
        said = outcome.said
        if said is None and batch.refused and batch.statement.in_force != ():
            # The browser refuses all that was left.
            said = ()
        return ConsentWord.of(said, outcome.refused_at, refuses_all=True)


@dataclass(frozen=True, slots=True)
class HeldPlace:
    """An event that is to wait for its products, unless it is refused for something else."""

    place: int
    """Of the verdict of the event that it is or belongs to."""
    sent: SentEvent
    held: HeldEvent
    batch: Circumstances
    was_checked: bool = True

    def waiting(self, hours: float) -> WaitingEvent:
        return waiting_event(self.held, self.batch, hours, was_checked=self.was_checked)


@dataclass(slots=True)
class JudgedBatch:
    """The verdicts, and what of the batch is still to be kept and published."""

    batch: Circumstances
    verdicts: list[Verdict] = field(default_factory=list)
    accepted: list[AcceptedEvent] = field(default_factory=list)
    held: list[HeldPlace] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    unwritten: list[DecisionRecord] = field(default_factory=list)
    """First decisions that the events follow from."""
    is_new: bool = False
    """Whether nobody had begun the session before: then there is nobody to tell of a refusal."""
    refusals: list[Event] = field(default_factory=list)
    """What tells of refusals by events that are not in the log: they were refused, or wait."""
    statement: ConsentStatement = NOTHING_STATED
    """What the session has said of consent, the batch included."""

    def accept(self, sent: SentEvent, taken: TakenEvent) -> None:
        self.accepted.append(AcceptedEvent(len(self.verdicts), sent, taken))
        self.verdicts.append(Verdict(_id_of(sent), ACCEPTED, warnings=taken.warnings))

    def reject(self, sent: SentEvent, rejection: EventRejection) -> None:
        self.verdicts.append(_rejection_verdict(sent, rejection))
        self._set_aside(sent, rejection)

    def _set_aside(self, sent: SentEvent, rejection: EventRejection) -> None:
        """Keep a refused event among the dead letters, unless its shopper agreed to nothing."""
        if (
            rejection.code == NO_CONSENT
            or self.batch.keeps_nothing
            or refuses_everything(sent.raw, self.batch.unsaid)
        ):
            return
        self.dead.append(_dead_letter(sent, rejection, self.batch))

    def take(self, sent: SentEvent, judgement: Judgement, batch: Circumstances) -> None:
        """Take one event over; `batch` are the circumstances by which it would wait."""
        outcome, held = judgement.outcome, judgement.held
        if isinstance(outcome, TakenEvent):
            self.accept(sent, outcome)
        elif held is None:
            self.reject(sent, outcome)
        if held is not None:
            self.hold(sent, held, batch)

    def hold(self, sent: SentEvent, held: HeldEvent, batch: Circumstances) -> None:
        """Let an event wait; what belongs to the event accepted last has no verdict of its own."""
        self.held.append(HeldPlace(len(self.verdicts) - held.is_rest, sent, held, batch))
        if not held.is_rest:
            self.verdicts.append(Verdict(_id_of(sent), WAITING, UNKNOWN_PRODUCT, _WAITS))

    def duplicate(self, sent: SentEvent) -> None:
        self.verdicts.append(Verdict(_id_of(sent), DUPLICATE, "duplicate", TWICE))

    @property
    def coming(self) -> list[AcceptedEvent | Event]:
        """What is to be published, in the order in which it was received."""
        return sorted(
            [*self.refusals, *self.accepted],
            key=lambda each: (each if isinstance(each, Event) else each.taken.event).received_at,
        )

    @property
    def counts(self) -> bool:
        """Whether any of it counts now or later."""
        return bool(self.accepted or self.held)

    @property
    def coming_events(self) -> list[TakenEvent]:
        """The accepted events, then those that wait as they would be."""
        accepted = [event.taken for event in self.accepted]
        return accepted + [held.held.taken for held in self.held]

    @property
    def evidence(self) -> int:
        """How many of the accepted events make a profile."""
        return sum(event.taken.event.type.is_evidence for event in self.accepted)

    def refuse_coming(self, refusals: Sequence[EventRejection | None]) -> None:
        """Turn acceptances into rejections; `refusals` runs parallel to `coming_events`."""
        count = len(self.accepted)
        self.refuse_waiting(refusals[count:])
        self.refuse(refusals[:count])

    def rename_users(self, names: Mapping[UserId, UserId]) -> None:
        """Let events have the id by which their session knows their user."""
        for number, accepted in enumerate(self.accepted):
            event = accepted.taken.event
            name = names.get(event.user_id) if event.user_id is not None else None
            if name is not None:
                taken = replace(accepted.taken, event=replace(event, user_id=name))
                self.accepted[number] = replace(accepted, taken=taken)

    def refuse_waiting(self, refusals: Sequence[EventRejection | None]) -> None:
        """Let events not wait after all; `refusals` runs parallel to `held`."""
        held, self.held[:] = list(self.held), []
        for waiting, refusal in zip(held, refusals, strict=True):
            if refusal is None:
                self.held.append(waiting)
            elif not waiting.held.is_rest:
                self.verdicts[waiting.place] = _rejection_verdict(waiting.sent, refusal)
                self._set_aside(waiting.sent, refusal)

    def drop_bundles(self, places: Container[int]) -> None:
        """Let accepted orders, by their places, be ordinary ones: they bought no bundle whole."""
        for number, accepted in enumerate(self.accepted):
            if number not in places:
                continue
            event, warnings = accepted.taken.event, accepted.taken.warnings
            warnings = (*warnings, warning("not_the_bundle", _NOT_WHOLE, [str(event.bundle_id)]))
            ordinary = replace(event, bundle_id=None)
            taken = replace(accepted.taken, event=ordinary, warnings=warnings)
            self.accepted[number] = replace(accepted, taken=taken)
            self.verdicts[accepted.place] = Verdict(event.event_id, ACCEPTED, warnings=warnings)

    def name_waiting_lines(self) -> None:
        """Say of events of which some lines count now that the others will."""
        for waiting in self.held:
            verdict = self.verdicts[waiting.place]
            if waiting.held.is_rest and verdict.verdict == ACCEPTED:
                names = waiting.held.product_ids
                why = "The catalogue does not have these yet: their lines count once it does."
                said = warning("waiting_product", why, names)
                others = [it for it in verdict.warnings if it.code != UNKNOWN_PRODUCT]
                self.verdicts[waiting.place] = Verdict(
                    verdict.event_id, ACCEPTED, warnings=(*others, said)
                )

    def refuse(self, refusals: Sequence[EventRejection | None]) -> None:
        """Turn acceptances into rejections; `refusals` runs parallel to them."""
        accepted, self.accepted[:] = list(self.accepted), []
        for event, refusal in zip(accepted, refusals, strict=True):
            if refusal is None:
                self.accepted.append(event)
            else:
                # What waits of it is refused with it.
                self.held[:] = [held for held in self.held if held.place != event.place]
                self.verdicts[event.place] = _rejection_verdict(event.sent, refusal)
                self._set_aside(event.sent, refusal)

    def take_over(self, checked: CheckedBatch) -> None:
        """Refuse the events that contradict their decisions, and cut others to what it showed."""
        self.unwritten[:] = checked.unwritten
        count = len(self.accepted)
        outcomes, of_held = checked.outcomes[:count], checked.outcomes[count:]
        self.held[:] = [
            replace(held, was_checked=outcome.was_checked)
            if isinstance(outcome, CheckedEvent)
            else held
            for held, outcome in zip(self.held, of_held, strict=True)
        ]
        self.refuse_waiting(
            [each if isinstance(each, EventRejection) else None for each in of_held]
        )
        kept = [
            _cut(accepted, outcome) if isinstance(outcome, CheckedEvent) else accepted
            for accepted, outcome in zip(self.accepted, outcomes, strict=True)
        ]
        for accepted in kept:
            place, warnings = accepted.place, accepted.taken.warnings
            if warnings is not self.verdicts[place].warnings:
                event_id = self.verdicts[place].event_id
                self.verdicts[place] = Verdict(event_id, ACCEPTED, warnings=warnings)
        self.accepted[:] = kept
        self.refuse([each if isinstance(each, EventRejection) else None for each in outcomes])


def _said_of(taken: TakenEvent, batch: Circumstances) -> Consent | None:
    """Return what the event and its browser say together; None where that takes nothing back."""
    said, agreed = taken.said, batch.statement.in_force or ()
    if said is None and any(purpose in agreed for purpose in batch.refused):
        said = agreed
    return None if said is None else without(said, batch.refused)


def _cut(accepted: AcceptedEvent, checked: CheckedEvent) -> AcceptedEvent:
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


def refusal_event(batch: Circumstances, refused_at: datetime, consent: Consent = ()) -> Event:
    """Return what tells others what an event refused that is not in the log."""
    said = " ".join((batch.session_id, refused_at.isoformat(), *consent))
    return Event(
        event_id=EventId(f"{HEARD}{sha256(said.encode()).hexdigest()[:40]}"),
        session_id=batch.session_id,
        type=EventType.CONSENT,
        occurred_at=refused_at,
        received_at=batch.received_at,
        consent=consent,
    )


def _rejection_verdict(sent: SentEvent, rejection: EventRejection) -> Verdict:
    return Verdict(_id_of(sent), REJECTED, rejection.code, rejection.detail)


def _id_of(sent: SentEvent) -> str | None:
    """Return the id by which its sender knows an event: an order may be kept under another."""
    event_id = sent.fields.event_id if sent.fields is not None else None
    return None if event_id is None else str(event_id)


def _dead_letter(sent: SentEvent, rejection: EventRejection, batch: Circumstances) -> Message:
    reason = f"{rejection.code}: {rejection.detail}"
    headers = (*sent_at_headers(batch.sent_at), *notes_of(batch))
    return letter_message(batch.session_id, sent.raw, reason, SOURCE, headers)
