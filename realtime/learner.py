"""The learner: joins outcomes to decisions, teaches the model, and checkpoints both as one.

The checkpoint holds the model, the open impressions and the offsets they stand for. A restart
reads on from exactly there, so nothing is lost and nothing is learned twice. Records are taken
in one order that depends on the log alone (`log_order.py`), so that the model's bytes do too.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Protocol

import msgspec

from personalization.codec.json_codec import EVENT
from personalization.domain.decision import Decision
from personalization.domain.errors import (
    DamagedSnapshotError,
    RefusedSnapshotError,
    StoreUnavailableError,
)
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.domain.outcome_rules import OutcomeRules
from personalization.domain.shown_decision import ShownDecision
from personalization.learning.attribution import OutcomeAttribution, is_too_old
from personalization.learning.impression_check import (
    CHECK_HEADER,
    NOT_CHECKED,
    check_impression,
)
from personalization.learning.impressions import ImpressionOutcome
from personalization.learning.learner_state import LearnerState, OffsetEntry, part_names, read_state
from personalization.learning.newest_sound import newest_sound
from personalization.learning.round_keeper import RoundKeeper
from personalization.learning.rounds import SlateRounds
from personalization.learning.training import Training
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_log import Record, TopicPartition
from personalization.ports.model_store import STATE_PART, ModelStore
from personalization.ports.policy import LearningRound, PolicyLearner
from personalization.ports.topics import LEARNER_GROUP
from personalization.telemetry.metrics import (
    BUNDLES_BOUGHT,
    IMPRESSIONS_REFUSED,
    ROUNDS_LEARNED,
    SNAPSHOTS_REFUSED,
)
from realtime.log_order import LogOrder, OrderedRecord
from realtime.shown_slates import CountsDelayed, ShownSlates

_LOG = logging.getLogger(__name__)


class ResumableLearner(PolicyLearner, Protocol):
    """A learner whose models can be put into a checkpoint."""

    @property
    def names(self) -> Collection[str]:
        """The names of the models' parts."""

    def dump(self) -> Mapping[str, bytes]:
        """Return the models, each by the name of its part."""


LoadModels = Callable[[Mapping[str, bytes]], ResumableLearner]
"""From a snapshot's parts, none for a cold start, to the models."""


class LogView(CountsDelayed, Protocol):
    """What the learner asks of the log besides records."""

    def read_up_to_ms(self) -> int:
        """Return the epoch millisecond before which everything has been read."""

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        """Return, by partition, the oldest offset that can still be read."""

    def erased_version(self) -> int:
        """Return a number that grows with each erasure."""

    def is_erased(self, session_id: SessionId) -> bool:
        """Say whether what the log has of a session is to be passed over, by the last version."""


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Where checkpoints go, how often, and what keeps the rounds that they stand for."""

    store: ModelStore
    every_seconds: float
    keeper: RoundKeeper


_TAKEN_AT_ONCE = 500
"""Records whose decisions are looked up together."""
_LEARNED_AT_ONCE = 500
"""Positions whose decisions, some 100 KB each once read, are there together."""
IDLE_PERIODS = 20
"""Where nothing is learned, offsets still have to move on before the log forgets them."""


class Learner:
    """Takes events in the log's order and learns an impression once its window has passed."""

    name = "learner"
    linger_seconds = 0.2
    group = LEARNER_GROUP
    batch = 500

    def __init__(
        self,
        decisions: DecisionHistory,
        checkpoints: Checkpoints,
        rules: OutcomeRules,
        load_models: LoadModels,
        log: LogView,
    ) -> None:
        self._decisions = decisions
        self._checkpoints = checkpoints
        self._keeper = checkpoints.keeper
        self._log = log
        self._slates = ShownSlates(decisions, log)
        self._due: deque[OrderedRecord] = deque()
        self._book = OutcomeAttribution(rules)
        self._entries: dict[TopicPartition, OffsetEntry] = {}
        self._waiting: list[ImpressionOutcome] = []
        self._rounds = self._corrections = self._saved_count = 0
        self._erased_version = 0
        self._version: str | None = None
        self._saved_at = time.monotonic()
        self._models = self._restore(load_models)
        self._order = LogOrder({place: entry.at_ms for place, entry in self._entries.items()})

    @property
    def offsets(self) -> Mapping[TopicPartition, int]:
        """The offsets to read on from; empty before the first checkpoint."""
        return {place: entry.offset for place, entry in self._entries.items()}

    @property
    def rounds(self) -> int:
        return self._rounds

    @property
    def corrections(self) -> int:
        """Impressions learned from once more, with the outcome that late events made of it."""
        return self._corrections

    def handle(self, records: Sequence[Record]) -> Mapping[TopicPartition, int]:
        """Hold the records until nothing earlier can come; `idle` does the rest."""
        self._order.take(records)
        return {}

    def tell(self) -> None:
        """Announce nothing."""

    def idle(self) -> Mapping[TopicPartition, int]:
        """Learn what is due, and return how far a new checkpoint reaches, if one was written."""
        self._learn_waiting()  # What a failed look-up left.
        self._drop_erased_sessions()
        moment_ms = self._log.read_up_to_ms()
        self._due.extend(self._order.before(moment_ms))
        while self._due:
            self._take_many(list(islice(self._due, _TAKEN_AT_ONCE)))
        self._waiting.extend(self._book.close_due(moment_ms))
        self._learn_waiting()
        if not self._checkpoint_is_due() or not self._promote():
            return {}
        return self.offsets

    def _drop_erased_sessions(self) -> None:
        """Let nothing be learned of erased sessions that were on screen before."""
        version = self._log.erased_version()
        if version == self._erased_version:
            return
        for session_id in self._book.sessions():
            if self._log.is_erased(session_id):
                self._book.forget_session(session_id)
        self._erased_version = version

    def finish(self) -> None:
        """Write the last checkpoint, unless what closed could not be learned yet."""
        if self._entries and not self._waiting:
            self._promote()

    def checkpoint(self) -> str:
        """Return the snapshot's version, whose rounds are kept before it is current.

        Raises `SupersededError` and `RefusedSnapshotError`.
        """
        state = LearnerState(
            offsets=list(self._entries.values()),
            open=self._book.open,
            closed=self._book.closed,
            log_time_ms=self._book.log_time_ms,
            rounds=self._rounds,
            corrections=self._corrections,
            settled=self._book.settled,
            carts=self._book.carts,
            training=self._keeper.training,
        )
        self._keeper.write_all()
        parts = {**self._models.dump(), STATE_PART: msgspec.json.encode(state)}
        self._version = self._checkpoints.store.save(parts, self._version)
        self._saved_at, self._saved_count = time.monotonic(), self._learned_count
        fields = {"version": self._version, "rounds": self._rounds}
        _LOG.info("model snapshot written", extra={"fields": fields})
        return self._version

    def _promote(self) -> bool:
        """Write a checkpoint if the model passes its checks; else offsets stay."""
        try:
            self.checkpoint()
        except RefusedSnapshotError as error:
            SNAPSHOTS_REFUSED.inc()
            self._saved_at = time.monotonic()
            _LOG.error("model snapshot refused", extra={"fields": {"error": str(error)}})
            return False
        return True

    def _take_many(self, records: Sequence[OrderedRecord]) -> None:
        """Take the first records due, all or, while a decision cannot be read, none."""
        events = [_event_of(record) for record in records]
        asked = (
            event.decision_id
            for record, event in zip(records, events, strict=True)
            if event is not None and event.type is EventType.IMPRESSION and event.decision_id
            # Made-up ids that say so themselves cost no look-up.
            if not is_too_old(event.decision_id, record.at_ms, self._book.rules)
        )
        slates = self._slates.read(asked)
        for record, event in zip(records, events, strict=True):
            self._take(record, event, slates)
            self._due.popleft()
        for reason, count in self._book.refused.items():
            IMPRESSIONS_REFUSED.labels(reason.value).inc(count)
        self._book.refused.clear()

    def _take(
        self,
        record: OrderedRecord,
        event: Event | None,
        slates: Mapping[DecisionId, ShownDecision],
    ) -> None:
        self._waiting.extend(self._book.close_due(record.at_ms))
        if event is not None and event.type is EventType.IMPRESSION:
            event = self._check(record, event, slates)
        if event is not None:
            self._book.take(event, record.at_ms)
            is_order = event.type is EventType.CHECKOUT and not event.is_worthless
            if is_order and event.bundle_id is not None:
                BUNDLES_BOUGHT.labels("suggested" if event.decision_id else "unnamed").inc()
        place = record.record.topic_partition
        offset = record.offset + 1
        self._entries[place] = OffsetEntry(place.topic, place.partition, offset, record.at_ms)

    def _check(
        self, record: OrderedRecord, event: Event, slates: Mapping[DecisionId, ShownDecision]
    ) -> Event:
        """Return the impression with the lines that count; none leave it empty."""
        was_checked = (CHECK_HEADER, NOT_CHECKED) not in record.record.headers
        shown = slates.get(event.decision_id) if event.decision_id else None
        checked, why = check_impression(event, shown, was_checked=was_checked)
        if why is not None:
            self._book.refused[why] += len(event.product_ids) - len(checked.product_ids)
        return checked

    @property
    def _learned_count(self) -> int:
        return self._rounds + self._corrections

    def _checkpoint_is_due(self) -> bool:
        period = self._checkpoints.every_seconds
        if self._learned_count == self._saved_count:
            period *= IDLE_PERIODS
        return bool(self._entries) and time.monotonic() - self._saved_at >= period

    def _learn_waiting(self) -> None:
        while self._waiting:
            self._keeper.write_many()
            # After an hour away there are the decisions of an hour: not all of them at once.
            first = self._waiting[:_LEARNED_AT_ONCE]
            self._learn(first)
            del self._waiting[: len(first)]

    def _learn(self, positions: Sequence[ImpressionOutcome]) -> None:
        slates = {key: SlateRounds(of) for key, of in self._read_decisions(positions).items()}
        rounds: list[LearningRound] = []
        kinds = Counter[str]()
        for position in positions:
            slate = slates.get(position.decision_id)
            if slate is None or not slate.has_drawn(position.product_id):
                kinds["unknown"] += 1
                continue
            came_to = position.outcome, position.corrects
            rounds.append(slate.round(position.product_id, *came_to))
            self._keeper.add(position, slate.session_id, slate.place_of(position.product_id))
            kinds[_kind(position)] += 1
        self._models.learn(rounds)
        for kind, count in kinds.items():
            ROUNDS_LEARNED.labels(kind).inc(count)
        corrections = sum(round_.corrects is not None for round_ in rounds)
        self._corrections += corrections
        self._rounds += len(rounds) - corrections

    def _read_decisions(
        self, positions: Sequence[ImpressionOutcome]
    ) -> Mapping[DecisionId, Decision]:
        """Return the decisions of what closed; raises while one is still on its way."""
        ids = list(dict.fromkeys(position.decision_id for position in positions))
        # Asked before the look-up: what was delayed then and has arrived since is found.
        delayed = self._log.delayed_decisions()
        found = self._decisions.read_decisions(ids)
        if delayed and any(decision_id not in found for decision_id in ids):
            raise StoreUnavailableError(f"{delayed} decisions are not in the history yet.")
        return found

    def _restore(self, load_models: LoadModels) -> ResumableLearner:
        """Take up the newest sound checkpoint, cold before the first, and return its models.

        Its offsets are in it, so the log is read on from there whichever it is. Raises
        `DamagedSnapshotError` where the log has forgotten what would have to be read again.
        """
        store = self._checkpoints.store
        self._version = store.current()
        try:
            found = newest_sound(store, partial(_read_checkpoint, load_models))
        except DamagedSnapshotError as error:
            self._require_log(str(error))
            _LOG.error("no snapshot is sound, learning the whole log again")
            found = None
        if found is None:
            models = load_models({})
            self._keeper.resume(Training(next=0, kept_from=0), models.names, ())
            return models
        version, state, models, names = found
        self._entries = {TopicPartition(at.topic, at.partition): at for at in state.offsets}
        if version != self._version:
            self._require_log(f"Snapshot {self._version} is damaged.")
            fields = {"version": version, "instead_of": self._version}
            _LOG.error("learning on from an older snapshot", extra={"fields": fields})
        self._book = state.book(self._book.rules)
        self._rounds, self._corrections = state.rounds, state.corrections
        self._saved_count = self._learned_count
        if set(models.names) - names:
            self._book.settle_for_good()
        self._keeper.resume(state.own_training, models.names, names)
        return models

    def _require_log(self, damage: str) -> None:
        """Raise unless the log has everything since the offsets to read on from."""
        offsets = self.offsets
        for place, first in self._log.first_offsets().items():
            if first > offsets.get(place, 0):
                raise DamagedSnapshotError(
                    f"{damage} The log has forgotten what came before offset {first} of partition "
                    f"{place.partition}, which no sound snapshot covers, so that learning again "
                    "would not come to the same. Bring back a sound snapshot, or move all of them "
                    "away to begin without any."
                )


def _read_checkpoint(
    load_models: LoadModels, version: str, parts: Mapping[str, bytes]
) -> tuple[str, LearnerState, ResumableLearner, frozenset[str]]:
    state = read_state(version, parts)
    return version, state, load_models(parts), part_names(parts)


def _event_of(record: OrderedRecord) -> Event | None:
    try:
        return EVENT.decode(record.record.value)
    except ValueError:  # The scorer has put it into the dead letter.
        return None


def _kind(closed: ImpressionOutcome) -> str:
    if closed.corrects is not None:
        return "corrected"
    return "engaged" if closed.engaged else "not_engaged"
