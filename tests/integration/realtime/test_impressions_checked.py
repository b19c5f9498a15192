"""An impression counts only for a decision that exists, of its session, in a slot of its slate."""

import resource
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client import REGISTRY

from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.codec.json_codec import EVENT
from personalization.decisions.decision_record import encode_record
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import (
    DecisionId,
    EventId,
    ProductId,
    SessionId,
    decision_id_of,
)
from personalization.domain.outcome_rules import OutcomeRules
from personalization.domain.session import Session
from personalization.learning.attribution import OutcomeAttribution
from personalization.learning.impression_check import CHECK_HEADER, NOT_CHECKED, Refusal
from personalization.learning.impressions import COUNTED_INTERACTIONS, SESSION_IMPRESSIONS
from personalization.learning.learner_state import LearnerState
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.event_log import Message
from personalization.ports.model_store import STATE_PART
from personalization.ports.topics import DELAYED_DECISIONS, HISTORY_GROUP, USER_INTERACTIONS
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.builders.shops.small_shop import a_small_shop
from tests.integration.realtime.test_learner import Run, Traffic, a_run

SESSION, STRANGER = SessionId("session-0"), SessionId("session-1")


@dataclass(frozen=True)
class Shop:
    traffic: Traffic
    record: DecisionRecord
    clock: SettableClock


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Return an empty log and a decision of `SESSION` that is not in the history yet."""
    # The consumers go by the real time, and impressions of long ago would close at once.
    clock = SettableClock(datetime.now(UTC) - timedelta(seconds=30))
    made_by = a_small_shop(tmp_path, epsilon=0.2).maker
    record = made_by.make(Session.start(an_event(session_id=SESSION)), clock.now())
    with (
        closing(SqliteEventLog(tmp_path / "log.sqlite", 0, clock=clock)) as log,
        closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite", 0)) as decisions,
    ):
        yield Shop(Traffic(log, decisions, tmp_path, 0), record, clock)


def impression_of(
    decision_id: DecisionId, products: Sequence[str], slots: Sequence[int] = (), **said: object
) -> Event:
    return an_event(
        **{
            "event_id": EventId(f"seen-{decision_id}"), "session_id": SESSION,
            "type": EventType.IMPRESSION, "decision_id": decision_id,
            "product_ids": tuple(map(ProductId, products)), "slots": tuple(slots), **said,
        }
    )  # fmt: skip


def learner_state(
    shop: Shop, events: Iterable[Event], *headers: tuple[str, str]
) -> tuple[LearnerState, Run]:
    """Return the checkpoint of a learner that has read these events."""
    messages = [Message(event.session_id, EVENT.encode(event), headers) for event in events]
    traffic = shop.traffic
    traffic.log.publish(USER_INTERACTIONS, messages).result(10)
    run = a_run(traffic, traffic.folder / "models", every_seconds=60)
    run.to_the_end()
    return state_of(traffic, run.learner.checkpoint()), run


def state_of(traffic: Traffic, version: str) -> LearnerState:
    parts = SnapshotFolder(traffic.folder / "models").load(version)
    return msgspec.json.decode(parts[STATE_PART], type=LearnerState)


def refusals(reason: Refusal) -> float:
    labels = {"reason": reason.value}
    return REGISTRY.get_sample_value("fitting_room_impressions_refused_total", labels) or 0.0


def test_800_000_impressions_of_made_up_decisions_open_nothing_and_take_no_memory(
    shop: Shop,
) -> None:
    traffic = shop.traffic
    now = shop.clock.now()
    products = [f"made-up-{number}" for number in range(100)]
    batches = [
        [impression_of(decision_id_of(now, f"{batch}/{event}"), products) for event in range(1000)]
        for batch in range(8)
    ]
    before = refusals(Refusal.UNKNOWN_DECISION)
    state, run = learner_state(shop, batches[0])
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for batch in batches[1:]:
        messages = [Message(SESSION, EVENT.encode(event)) for event in batch]
        traffic.log.publish(USER_INTERACTIONS, messages).result(10)
        run.to_the_end()
    state = state_of(traffic, run.learner.checkpoint())

    assert (state.open, state.settled, state.closed, state.carts) == ({}, {}, {}, {})
    assert refusals(Refusal.UNKNOWN_DECISION) - before == 800_000
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used
    assert grown_kib < 64 * 1024  # 487 MiB when each of them waited.


def test_lines_that_the_slate_lacks_are_left_out_and_the_others_count(
    shop: Shop,
) -> None:
    traffic, record = shop.traffic, shop.record
    traffic.decisions.append([record])
    first, second, third = (slot.product_id for slot in record.decision.slate[:3])
    decision_id = record.decision.decision_id
    before = refusals(Refusal.NOT_IN_SLATE)
    # The second product in the third's slot, and one that was never shown.
    lines = impression_of(decision_id, [first, second, "never-shown"], [0, 2, 3])
    others = impression_of(decision_id, [third, "never-shown"], event_id=EventId("without-slots"))

    state, _ = learner_state(shop, [lines, others])

    assert {impression.product_id for impression in state.open.values()} == {first, third}
    assert refusals(Refusal.NOT_IN_SLATE) - before == 3


def test_an_impression_of_another_sessions_decision_opens_nothing(
    shop: Shop,
) -> None:
    traffic, record = shop.traffic, shop.record
    traffic.decisions.append([record])
    shown = [slot.product_id for slot in record.decision.slate]
    before = refusals(Refusal.FOREIGN_DECISION)

    state, _ = learner_state(
        shop, [impression_of(record.decision.decision_id, shown, session_id=STRANGER)]
    )

    assert state.open == {}
    assert refusals(Refusal.FOREIGN_DECISION) - before == len(shown)


def test_an_impression_waits_for_its_delayed_decision(
    shop: Shop,
) -> None:
    traffic, record = shop.traffic, shop.record
    shown = [slot.product_id for slot in record.decision.slate]
    delayed = Message(SESSION, encode_record(record))
    traffic.log.publish(DELAYED_DECISIONS, [delayed]).result(10)

    with pytest.raises(StoreUnavailableError):
        learner_state(shop, [impression_of(record.decision.decision_id, shown)])

    traffic.decisions.append([record])
    history = traffic.log.consumer(HISTORY_GROUP, [DELAYED_DECISIONS])
    (at,) = history.poll(10, 0.0)
    history.commit({at.topic_partition: at.offset + 1})
    state, _ = learner_state(shop, [])
    assert len(state.open) == len(shown)


def test_an_event_that_the_api_could_not_check_never_counts_for_a_first_visits_decision(
    shop: Shop,
) -> None:
    traffic, record = shop.traffic, shop.record
    traffic.decisions.append([record])
    impression = impression_of(record.decision.decision_id, [record.decision.slate[0].product_id])

    unchecked, _ = learner_state(shop, [impression], (CHECK_HEADER, NOT_CHECKED))
    checked, _ = learner_state(shop, [impression])

    assert record.decision.last_event_id is None
    assert (len(unchecked.open), len(checked.open)) == (0, 1)


RULES = OutcomeRules(window_ms=1_800_000, correction_ms=1_800_000)


def test_a_sessions_waiting_impressions_are_bounded_and_room_comes_back_with_time() -> None:
    book = OutcomeAttribution(RULES)
    at_ms = int(NOON.timestamp() * 1000)
    for number in range(SESSION_IMPRESSIONS + 7):
        book.take(impression_of(decision_id_of(NOON, str(number)), ["a"]), at_ms)
    book.take(impression_of(decision_id_of(NOON, "other"), ["a"], session_id=STRANGER), at_ms)

    assert len(book.open) == SESSION_IMPRESSIONS + 1
    assert book.refused == {Refusal.TOO_MANY_OF_SESSION: 7}
    later = NOON + timedelta(hours=2)
    book.close_due(int(later.timestamp() * 1000))
    book.take(impression_of(decision_id_of(later, "later"), ["a"]), int(later.timestamp() * 1000))
    assert len(book.open) == 1


def test_the_interactions_counted_with_an_impression_are_bounded_and_so_is_its_outcome() -> None:
    book = OutcomeAttribution(RULES)
    decision_id, at_ms = decision_id_of(NOON, "one"), int(NOON.timestamp() * 1000)
    book.take(impression_of(decision_id, ["a"]), at_ms)
    for number in range(4_000):
        order = impression_of(
            decision_id, ["a"], type=EventType.CHECKOUT, event_id=EventId(f"order-{number}")
        )
        book.take(order, at_ms)

    (impression,) = book.open.values()
    assert len(impression.counted) == COUNTED_INTERACTIONS
    assert book.refused == {Refusal.TOO_MANY_INTERACTIONS: 4_000 - COUNTED_INTERACTIONS}
    (closed,) = book.close_due(at_ms + RULES.window_ms)
    assert closed.outcome == 1.0
