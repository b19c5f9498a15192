"""Builds events as the tracker sends them."""

from uuid import UUID

from tests.builders.moments import NOON

SESSION = str(UUID(int=1))
OTHER_SESSION = str(UUID(int=2))


def a_wire_event(**overrides: object) -> dict[str, object]:
    """Return the view of a shirt as JSON fields; an override of None leaves the field out."""
    fields: dict[str, object] = {
        "type": "product_view",
        "event_id": "event-1",
        "session_id": SESSION,
        "occurred_at": NOON.isoformat(),
        "product_id": "shirt-1",
        **overrides,
    }
    return {name: value for name, value in fields.items() if value is not None}
