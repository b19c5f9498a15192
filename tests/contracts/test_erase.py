"""Erasing from every store: nothing is left of the erased, and all of the others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.adapters.cassandra.places import cassandra_places
from personalization.domain.access.claim import Claim, Holder
from personalization.domain.event import EventType
from personalization.domain.identifiers import (
    DecisionId,
    EventId,
    ProductId,
    SessionId,
    UserId,
    decision_id_of,
)
from personalization.erasure.scan import StorePlace, markers_of, scan
from personalization.ports.claim_store import ClaimStore
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventLog, Message
from tests.builders.decision_record import a_decision_record
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.contracts.places import Drain

GONE = SessionId("5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e")
STAYS = SessionId("0b6f9b1c-2d3e-4f0e-9a53-5f0c3b1e8f57")
ANN = UserId("ann")
EVERY = range(8)


def fill_history(history: EventHistory) -> None:
    history.append(
        [
            an_event(
                event_id=EventId(f"event-{number}"),
                session_id=session_id,
                type=EventType.CHECKOUT,
                product_ids=(ProductId("shirt-1"), ProductId("shirt-2")),
                user_id=ANN,
                occurred_at=NOON + timedelta(days=number),
            )
            for session_id in (GONE, STAYS)
            for number in range(3)
        ]
    )


def fill_decisions(decisions: DecisionHistory) -> dict[SessionId, list[DecisionId]]:
    ids: dict[SessionId, list[DecisionId]] = {}
    for session_id in (GONE, STAYS):
        for number in range(2):
            record = a_decision_record()
            made_at = NOON + timedelta(minutes=number)
            decision_id = decision_id_of(made_at, f"{session_id} {number}")
            decision = replace(
                record.decision,
                decision_id=decision_id, session_id=session_id, decided_at=made_at,
            )  # fmt: skip
            profile = replace(
                record.profile,
                decision_id=decision_id, session_id=session_id, created_at=made_at,
            )  # fmt: skip
            decisions.append([replace(record, decision=decision, profile=profile)])
            ids.setdefault(session_id, []).append(decision_id)
    return ids


def test_the_history_forgets_events_and_whose_they_were(event_history: EventHistory) -> None:
    fill_history(event_history)
    assert event_history.erase([GONE]) == 3
    assert event_history.read_many([GONE, STAYS]).keys() == {STAYS}
    assert not event_history.has_session(GONE)
    assert event_history.sessions_of(ANN, 10) == [STAYS]
    assert list(event_history.days().values()) == [1, 1, 1]
    found = [event for chunk in event_history.read_day(NOON.date()) for event in chunk]
    assert {event.session_id for event in found} == {STAYS}
    assert event_history.erase([GONE]) == 0


def test_decisions_are_forgotten_by_id_and_by_session(decision_history: DecisionHistory) -> None:
    ids = fill_decisions(decision_history)
    assert decision_history.erase([GONE]) == 2
    assert decision_history.read_many(ids[GONE]) == {}
    assert not decision_history.has_session(GONE)
    assert decision_history.read_many(ids[STAYS]).keys() == set(ids[STAYS])
    assert decision_history.erase([GONE]) == 0


def test_claims_are_forgotten_and_that_they_ended(claim_store: ClaimStore) -> None:
    for session_id in (GONE, STAYS):
        claim_store.claim(Claim(session_id, Holder("holder"), NOON))
        claim_store.revoke(session_id, NOON)
    assert claim_store.erase([GONE]) == 1
    assert claim_store.read(GONE) is None
    ended = claim_store.revoked_between(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    assert [revocation.session_id for revocation in ended] == [STAYS]
    assert claim_store.erase([GONE]) == 0


def test_a_log_forgets_or_says_until_when_it_cannot(log: EventLog, drain: Drain) -> None:
    for session_id in (STAYS, GONE):
        messages = [Message(session_id, f"{session_id} {n}".encode()) for n in range(3)]
        log.publish("things", messages).result(10)
    erased = log.erase([GONE])
    left = [
        record for record in drain(log.consumer("all", ["things"], EVERY)) if not record.is_erased
    ]
    assert [record.key for record in left].count(STAYS) == 3
    if erased.kept_until is None:
        assert erased.removed > 0
        assert GONE not in [record.key for record in left]
    log.publish("things", [Message(GONE, b"after")]).result(10)
    newest = drain(log.consumer("others", ["things"], EVERY))[-1]
    assert newest.offset >= 0


def test_no_table_of_the_keyspace_has_the_erased(
    cassandra_connection: CassandraConnection, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("emptied_cassandra")
    from tests.contracts.places import CassandraPlace

    place = CassandraPlace(cassandra_connection)
    with (
        place.event_history() as history,
        place.decision_history() as decisions,
        place.claim_store() as claims,
    ):
        fill_history(history)
        fill_decisions(decisions)
        claims.claim(Claim(GONE, Holder("holder"), NOON))
        claims.revoke(GONE, NOON)
        assert tables_with(cassandra_connection) == {
            "events_by_session", "events_by_day", "events_by_product_and_day", "sessions_by_user",
            "decisions", "decisions_by_session", "profiles_by_session", "session_claims",
            "revoked_sessions",
        }  # fmt: skip
        for store in (history, decisions, claims):
            store.erase([GONE])
    assert tables_with(cassandra_connection) == set()


def tables_with(connection: CassandraConnection) -> set[str]:
    places = (StorePlace(name, read) for name, read in cassandra_places(connection))
    found = scan(places, (), markers_of([GONE]))
    return {place.name.removeprefix("cassandra/") for place in found if place.found}
