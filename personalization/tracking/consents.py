"""What sessions have said of consent, read again from their events."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from personalization.domain.consent import (
    NOTHING_STATED,
    UNSAID,
    Consent,
    ConsentPurpose,
    ConsentStatement,
    agrees,
)
from personalization.domain.event import Event, EventType, received_order
from personalization.domain.identifiers import SessionId
from personalization.ports.event_history import EventHistory

HEARD = "refusal."
"""Begins the id of an event that tells what another said, as opposed to a choice by a call."""


def statement_of(events: Iterable[Event]) -> ConsentStatement:
    """Return what a session's events say of consent, as it was heard when they were taken."""
    statement = NOTHING_STATED
    for event in sorted(events, key=received_order):
        if event.consent is None:
            continue
        if event.type is EventType.CONSENT and not event.event_id.startswith(HEARD):
            statement = statement.choose(event.consent, event.occurred_at)
        else:
            statement = statement.hear(event.consent, event.occurred_at)
    return statement


ReadStatements = Callable[[Collection[SessionId]], Mapping[SessionId, ConsentStatement]]
"""Returns what sessions have said of consent, of those of which anything is known."""


def know_nothing(session_ids: Collection[SessionId]) -> Mapping[SessionId, ConsentStatement]:
    del session_ids
    return {}


def read_statements(
    history: EventHistory, session_ids: Collection[SessionId]
) -> Mapping[SessionId, ConsentStatement]:
    """Return what the history knows of sessions; raises `StoreUnavailableError`."""
    found = history.read_many(list(dict.fromkeys(session_ids)))
    return {session_id: statement_of(events) for session_id, events in found.items()}


def usable(events: Sequence[Event], purpose: ConsentPurpose) -> Sequence[Event]:
    """Return those of a session's events that may be used for a purpose.

    Each has to agree to it, and nothing since may have taken that back.
    """
    refusals = [event.occurred_at for event in events if not agrees(event.consent, purpose)]
    if not refusals:
        return events
    last = max(refusals)
    return [
        event for event in events if event.occurred_at > last and agrees(event.consent, purpose)
    ]


def is_silence(statement: ConsentStatement, unsaid: Consent = UNSAID) -> bool:
    """Say whether a session agrees to what counts where nothing is said, no more and no less."""
    return set(unsaid) == set(statement.agreement(unsaid))
