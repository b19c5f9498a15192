"""What a shop kept, held against what it acknowledged."""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from faults.ledger import Ledger
from faults.wiring import AUDIT_GROUP, ShopStores, reference_run
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, SessionId, decided_at_of
from personalization.learning.learner_state import LearnerState
from personalization.ports.event_log import Record
from personalization.ports.model_store import STATE_PART, ModelStore
from personalization.ports.topics import (
    DEAD_LETTER,
    DELAYED_DECISIONS,
    HISTORY_GROUP,
    LEARNER_GROUP,
    SCORER_GROUP,
    USER_INTERACTIONS,
)
from realtime.log_order import LogOrder

QUIET_SECONDS = 3.0
"""A poll that stays empty this long has reached the end of a log that nobody writes to."""
DRAIN_SECONDS = 300.0
LOOK_SECONDS = 0.5
AT_ONCE = 200
Position = tuple[str, str]
"""Decision and product."""


@dataclass(frozen=True, slots=True)
class Learned:
    rounds: int
    expected: int
    corrections: int
    """Positions learned once more, because a late outcome changed what they came to."""
    model_sha256: str
    reference_sha256: str
    seen_positions_not_due: int
    """Positions whose impression was acknowledged but which the log says must not be learned:
    the impression came longer after the decision than twice the window."""
    seen_positions_missing: int
    """Positions whose impression was acknowledged and is not in the log."""

    @property
    def twice(self) -> int:
        return max(0, self.rounds - self.expected)

    @property
    def lost_positions(self) -> int:
        return max(0, self.expected - self.rounds) + self.seen_positions_missing

    @property
    def same_model(self) -> bool:
        return self.model_sha256 == self.reference_sha256


@dataclass(frozen=True, slots=True)
class Kept:
    """Events, decisions and dead letters that were found, and those that were not."""

    acknowledged: int
    stored: int
    lost_events: int
    doubled_events: int
    decisions_seen: int
    lost_decisions: int
    unreadable_records: int
    set_aside: int
    """Different unreadable records that the dead letter holds."""


def wait_for_drain(stores: ShopStores) -> float:
    """Return after how many seconds every group had read the log to its end."""
    started = time.monotonic()
    history = [USER_INTERACTIONS, DELAYED_DECISIONS]
    groups = {SCORER_GROUP: [USER_INTERACTIONS], HISTORY_GROUP: history}
    log = stores.live.log
    partitions = range(log.partition_count(USER_INTERACTIONS))
    with ExitStack() as stack:
        opened = (log.consumer(group, topics, partitions) for group, topics in groups.items())
        consumers = [stack.enter_context(closing(consumer)) for consumer in opened]
        while any(consumer.lag() for consumer in consumers):
            if time.monotonic() - started > DRAIN_SECONDS:
                raise TimeoutError("the log is not read to its end")
            time.sleep(LOOK_SECONDS)
    return time.monotonic() - started


def wait_for_learner(stores: ShopStores) -> None:
    """Return once the learner's checkpoint covers the log and holds nothing open."""
    log = stores.live.log
    partitions = range(log.partition_count(USER_INTERACTIONS))
    deadline = time.monotonic() + DRAIN_SECONDS
    with closing(log.consumer(LEARNER_GROUP, [USER_INTERACTIONS], partitions)) as consumer:
        while consumer.lag() or _still_learns(_state_of(stores.kept.models), stores):
            if time.monotonic() > deadline:
                raise TimeoutError("the learner does not come to the end of the log")
            time.sleep(LOOK_SECONDS)


def audit_stores(stores: ShopStores, ledger: Ledger, garbage: int) -> Kept:
    """Look for every acknowledged event, every decision that was seen, and every bad record."""
    lost = stored = doubled = 0
    for chunk in _chunks(ledger.acked):
        found = stores.kept.history.read_many([SessionId(id_) for id_ in chunk])
        for session_id in chunk:
            rows = [event.event_id for event in found.get(SessionId(session_id), ())]
            kept = set(rows)
            stored += len(kept)
            doubled += len(rows) - len(kept)
            lost += sum(1 for event_id in ledger.acked[session_id] if event_id not in kept)
    decisions = list({decision_id for decision_id, _ in ledger.seen})
    missing = 0
    for chunk in _chunks(decisions):
        known = stores.kept.decisions.read_many([DecisionId(id_) for id_ in chunk])
        missing += len(chunk) - len(known)
    return Kept(
        acknowledged=ledger.acked_count(),
        stored=stored,
        lost_events=lost,
        doubled_events=doubled,
        decisions_seen=len(decisions),
        lost_decisions=missing,
        unreadable_records=garbage,
        set_aside=len(set(_set_aside(stores))),
    )


def audit_learner(stores: ShopStores, ledger: Ledger, folder: Path) -> Learned:
    """Learn the whole log once more, uninterrupted, and compare with the final checkpoint."""
    order = LogOrder()
    with reference_run(stores, folder) as run:
        while records := run.consumer.poll(500, QUIET_SECONDS):
            order.take(records)
            run.learner.handle(records)
            run.learner.idle()
        run.learner.idle()
        run.learner.checkpoint()
        reference_sha256 = _model_sha256(run.models)
    due, seen = _positions(order, stores)
    return Learned(
        rounds=_state_of(stores.kept.models).rounds,
        expected=len(due),
        corrections=_state_of(stores.kept.models).corrections,
        model_sha256=_model_sha256(stores.kept.models),
        reference_sha256=reference_sha256,
        seen_positions_not_due=len(ledger.seen & (seen - due)),
        seen_positions_missing=len(ledger.seen - seen),
    )


def _positions(order: LogOrder, stores: ShopStores) -> tuple[set[Position], set[Position]]:
    """Return the positions that are to be learned, and all that were seen.

    Said once more in plain words, not by the learner's own code: a position counts once, if its
    impression came soon enough and its decision showed it.
    """
    window_ms = stores.settings.learning.outcome_window_seconds * 1000
    due: set[Position] = set()
    seen: set[Position] = set()
    for record in order.before(2**62):
        event = _event(record.record)
        if event is None or event.type is not EventType.IMPRESSION or event.decision_id is None:
            continue
        decided_at = decided_at_of(event.decision_id)
        for product_id in event.product_ids:
            position = (event.decision_id, product_id)
            seen.add(position)
            if decided_at and record.at_ms - decided_at.timestamp() * 1000 <= 2 * window_ms:
                due.add(position)
    return due & _positions_on_slates(due, stores), seen


def _positions_on_slates(positions: set[Position], stores: ShopStores) -> set[Position]:
    shown: set[Position] = set()
    for chunk in _chunks(list({decision_id for decision_id, _ in positions})):
        found = stores.kept.decisions.read_many([DecisionId(id_) for id_ in chunk])
        for name, record in found.items():
            shown.update((name, slot.product_id) for slot in record.decision.slate)
    return shown


def _event(record: Record) -> Event | None:
    try:
        return EVENT.decode(record.value)
    except ValueError:
        return None


def _set_aside(stores: ShopStores) -> Iterator[tuple[str, str]]:
    """Yield the place of every record that the scorers put into the dead letter."""
    for record in _all_of(stores, DEAD_LETTER):
        headers = dict(record.headers)
        if headers.get("source") == "scorer":
            yield headers["partition"], headers["offset"]


def _all_of(stores: ShopStores, topic: str) -> Iterator[Record]:
    log = stores.live.log
    partitions = range(log.partition_count(topic))
    with closing(log.consumer(AUDIT_GROUP, [topic], partitions)) as consumer:
        while records := consumer.poll(1_000, QUIET_SECONDS):
            yield from records


def _newest(models: ModelStore) -> Mapping[str, bytes]:
    version = models.current()
    return models.load(version) if version is not None else {}


def _model_sha256(models: ModelStore) -> str:
    parts = _newest(models)
    whole = b"".join(parts[name] for name in sorted(parts) if name != STATE_PART)
    return hashlib.sha256(whole).hexdigest()


def _state_of(models: ModelStore) -> LearnerState:
    found = _newest(models).get(STATE_PART)
    if found is None:
        return LearnerState([], {}, {}, 0, 0)
    return msgspec.json.decode(found, type=LearnerState)


def _still_learns(state: LearnerState, stores: ShopStores) -> bool:
    """Say whether positions are open, or a late outcome has still to correct one."""
    rules = stores.settings.learning.outcome_rules
    return bool(state.open) or any(
        rules.outcome(position.reward, engaged=bool(position.counted)) != position.learned
        for position in state.settled.values()
    )


def _chunks(items: Sequence[str] | Mapping[str, object]) -> Iterator[list[str]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, AT_ONCE)):
        yield chunk
