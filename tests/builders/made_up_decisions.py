"""Decision ids that a stranger may write: well formed, and never made by anybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import (
    DecisionId,
    EventId,
    ProductId,
    SessionId,
    decision_id_of,
)
from tests.builders.event import an_event
from tests.builders.moments import NOON

MADE_UP = (
    DecisionId("ffffffff-ffff-7fff-bfff-ffffffffffff"),
    DecisionId("e677d21f-dbff-7000-8000-000000000000"),
    DecisionId("00000000-0000-7000-8000-000000000000"),
    decision_id_of(NOON + timedelta(days=400), "to come"),
    DecisionId("no id of ours"),
)


def impressions_of_nothing(received_at: datetime = NOON) -> Sequence[Event]:
    """Return an impression of two products for each made-up decision."""
    return [
        an_event(
            event_id=EventId(f"made-up-{number}"),
            session_id=SessionId("session-of-a-stranger"),
            type=EventType.IMPRESSION,
            product_ids=(ProductId("p1"), ProductId("p2")),
            slots=(0, 1),
            decision_id=decision_id,
            occurred_at=received_at,
            received_at=received_at,
        )
        for number, decision_id in enumerate(MADE_UP)
    ]
