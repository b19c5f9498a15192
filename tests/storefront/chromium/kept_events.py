"""What the shop's stores have by now, whatever a page shows."""

from collections.abc import Callable
from pathlib import Path

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import SessionId
from personalization.wiring import CoreSettings, open_kept
from tests.waiting import eventually

PATIENCE_SECONDS = 60.0


def events_of(home: Path, session_id: str) -> list[Event]:
    """Return the events of a visit in the history, oldest first."""
    name = SessionId(session_id)
    with open_kept(CoreSettings.of_home(home)) as kept:
        return list(kept.history.read_many([name]).get(name, ()))


def wait_for_event(
    home: Path, session_id: str, kind: EventType, is_meant: Callable[[Event], bool] = lambda _: True
) -> Event:
    """Return the newest such event of a visit, once the history has it."""
    found: list[Event] = []

    def is_kept() -> bool:
        found[:] = [
            event for event in events_of(home, session_id) if event.type is kind and is_meant(event)
        ]
        return bool(found)

    eventually(is_kept, PATIENCE_SECONDS)
    return found[-1]
