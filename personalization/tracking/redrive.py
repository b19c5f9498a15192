from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta

from personalization.catalogue.catalogue_cache import CatalogueCache, CatalogueIds
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import Clock
from personalization.domain.consent import NOTHING_STATED, ConsentStatement
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import EventLog, Message
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.settings.serving import ServingSettings
from personalization.tracking.consents import ReadStatements, know_nothing
from personalization.tracking.dead_letters import (
    CUT_FROM,
    REDRIVEN_FROM,
    DeadLetter,
    redrive_marks,
)
from personalization.tracking.rejection import EventRejection
from personalization.tracking.request_notes import with_notes
from personalization.tracking.sender_clock import SENT_AT, sent_at_in
from personalization.tracking.sent_event import SentEvent, ids_in, sent_event
from personalization.tracking.unknown_products import (
    DEVICE,
    RECEIVED_AT,
    REGION,
    hints_in,
    received_at_in,
)
from personalization.tracking.validation import EVENT_ID, Circumstances, judge

AT_ONCE = 500
"""Letters per read of the catalogue and per publish."""
PUBLISH_SECONDS = 10.0
_APART = timedelta(microseconds=1)
"""Between moments of receipt, as in a batch of the API: it keeps their order in the history."""

Judgement = Event | EventRejection


@dataclass(slots=True)
class RedriveTally:
    redriven: int = 0
    already: int = 0
    """Redriven or discarded before, so passed over."""
    kept: Counter[str] = field(default_factory=Counter)
    """By the code of the reason that still holds."""
    examples: dict[str, str] = field(default_factory=dict)
    """The reason of one letter for each code."""

    @property
    def total(self) -> int:
        return self.redriven + self.already + self.kept.total()


class Redrive:
    """Takes what can be taken now as if it had been sent again.

    An event keeps its id and the time at which it happened, so it is counted once, however often
    a redrive is repeated or broken off. Its age is judged as of the moment it was set aside, or of
    its receipt where it waited for a product before that, but it is received now, when the log
    takes it. The log has the events before their marks.
    """

    def __init__(
        self,
        log: EventLog,
        catalogue: CatalogueCache,
        serving: ServingSettings,
        clock: Clock,
        statements: ReadStatements = know_nothing,
    ) -> None:
        self._statements = statements
        self._log = log
        self._catalogue = catalogue
        self._serving = serving
        self._clock = clock

    def run(self, letters: Sequence[DeadLetter], *, dry: bool) -> Iterator[RedriveTally]:
        """Yield the tally after every `AT_ONCE` letters; may raise `StoreUnavailableError`."""
        tally = RedriveTally()
        for start in range(0, len(letters), AT_ONCE):
            chunk = letters[start : start + AT_ONCE]
            waiting = [letter for letter in chunk if letter.waits]
            judged = list(zip(waiting, self.judge(waiting), strict=True))
            taken = [(letter, event) for letter, event in judged if isinstance(event, Event)]
            if taken and not dry:
                self._publish(taken)
            tally.redriven += len(taken)
            tally.already += len(chunk) - len(waiting)
            for letter, rejection in judged:
                if isinstance(rejection, EventRejection):
                    tally.kept[rejection.code] += 1
                    tally.examples.setdefault(rejection.code, f"{letter.place}: {rejection.detail}")
            yield tally

    def judge(self, letters: Sequence[DeadLetter]) -> list[Judgement]:
        """Return for each letter the event that can be taken now, or why there is none."""
        read = [_read(letter) for letter in letters]
        known = self._known_ids(read)
        stated = self._statements([SessionId(letter.session_id) for letter in letters])
        return [self._judge(*letter, known, stated) for letter in zip(letters, read, strict=True)]

    def _judge(
        self,
        letter: DeadLetter,
        read: SentEvent | Event | EventRejection,
        known: CatalogueIds,
        stated: Mapping[SessionId, ConsentStatement],
    ) -> Judgement:
        if isinstance(read, EventRejection):
            return read
        if isinstance(read, Event):
            return _judge_log_event(read, known)
        batch = Circumstances(
            session_id=SessionId(letter.session_id),
            # Of the request's headers only those of an event that waited were kept.
            hints=hints_in(letter.header(REGION), letter.header(DEVICE)),
            received_at=received_at_in(letter.header(RECEIVED_AT)) or letter.at,
            clock_skew=timedelta(seconds=self._serving.clock_skew_seconds),
            maximum_age=timedelta(hours=self._serving.maximum_age_hours),
            sent_at=sent_at_in(letter.header(SENT_AT)),
            statement=stated.get(SessionId(letter.session_id), NOTHING_STATED),
        )
        judged = judge(read, with_notes(batch, letter.header), known)
        if isinstance(judged, EventRejection):
            return judged
        # Nobody has checked that it bought its bundle whole.
        return replace(judged.event, bundle_id=None)

    def _known_ids(self, read: Sequence[SentEvent | Event | EventRejection]) -> CatalogueIds:
        products, categories = ids_in([event for event in read if isinstance(event, SentEvent)])
        for event in read:
            if isinstance(event, Event):
                products.update(event.product_ids)
        return self._catalogue.read_ids(products, categories)

    def _publish(self, taken: Sequence[tuple[DeadLetter, Event]]) -> None:
        now = self._clock.now()
        messages = [
            Message(
                event.session_id,
                EVENT.encode(replace(event, received_at=now + number * _APART)),
                ((REDRIVEN_FROM, str(letter.place)),),
            )
            for number, (letter, event) in enumerate(taken)
        ]
        wait_for(self._log.publish(USER_INTERACTIONS, messages))
        wait_for(self._log.publish(DEAD_LETTER, redrive_marks(letter for letter, _ in taken)))


def _read(letter: DeadLetter) -> SentEvent | Event | EventRejection:
    if letter.is_cut:
        sent = letter.header(CUT_FROM)
        why = f"Only {len(letter.body)} of its {sent} bytes were kept: the sender has to send it."
        return EventRejection("cut", why)
    try:
        if letter.source == "api":
            return sent_event(letter.body)
        if letter.source == "scorer":
            return EVENT.decode(letter.body)
    except ValueError as error:
        return EventRejection("malformed", str(error))
    return EventRejection("unknown_source", f"Nobody can judge what {letter.source!r} set aside.")


def _judge_log_event(event: Event, known: CatalogueIds) -> Judgement:
    """Judge an event as the scorer does, and whether it is safe to take it twice."""
    if not EVENT_ID.fullmatch(event.event_id):
        return EventRejection("missing_field", "Without an `event_id` it might be counted twice.")
    has_known = any(product in known.products for product in event.product_ids)
    if event.product_ids and not has_known:
        why = f"The catalogue has no product {event.product_ids[0]!r}: import it."
        return EventRejection("unknown_product", why)
    return event.with_parents(known.parents)


def wait_for(published: Future[None]) -> None:
    """Wait until the log holds what was published; may raise `StoreUnavailableError`."""
    try:
        published.result(PUBLISH_SECONDS)
    except TimeoutError as error:
        why = "The log did not take the events in time: run the command again."
        raise StoreUnavailableError(why) from error
