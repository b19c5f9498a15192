"""Counts the state of a session again from its events in the history.

Live counting takes events in the order of the log. The history does not keep that order, but the
API stamps each event of a session later than those it published before, so the moment of receipt
stands for it. Where two senders of one session are served within the same milliseconds by two
processes, their events may have been counted the other way round: that can only change which of
two simultaneous events is newer, and whether one an hour late still counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.decision import Decision
from personalization.domain.errors import InvalidEventError
from personalization.domain.event import Event, received_order
from personalization.domain.identifiers import EventId, ProductId
from personalization.domain.product import Product
from personalization.domain.session import SESSION_LIFE, Counted, Session
from personalization.sessions.counting import products_in, take


def recount(
    events: Iterable[Event], products: Mapping[ProductId, Product], as_of: datetime
) -> Session | None:
    """Return what live counting made of a session's events, None if it would be over by now.

    `products` holds the catalogue's products among the events'. An event of a product that the
    catalogue lacks is passed over, since it became a dead letter. As in the session store, a state
    ends `SESSION_LIFE` after the last event that counted, and the next event begins another.
    Revision and profile version are left at 0, since they come from the log.
    """
    session: Session | None = None
    counted_at = as_of
    for event in sorted(events, key=received_order):
        if session is not None and event.received_at - counted_at > SESSION_LIFE:
            session = None
        try:
            after, judged = take(session or Session.start(event), event, products)
        except InvalidEventError:
            continue
        if judged is Counted.COUNTED or (judged is Counted.REFUSED and after is not session):
            session, counted_at = after, event.received_at
    return None if as_of - counted_at > SESSION_LIFE else session


def up_to(events: Iterable[Event], last: EventId) -> list[Event]:
    """Return the session's events in the order of counting up to `last`; empty if it is missing."""
    ordered = sorted(events, key=received_order)
    place = next((number for number, event in enumerate(ordered) if event.event_id == last), -1)
    return ordered[: place + 1]


def as_rebuilt(session: Session, version: int) -> Session:
    """Return a recounted session to be stored in the place of one that was lost.

    `version` is that of the session's last profile: no later one may be lower, and no scorer's
    revision is, so that a state stored by a scorer in the meantime stays.
    """
    return replace(session, revision=version, profile_version=version, rebuilt=len(session.seen))


def session_after(past: Sequence[Event], catalogue: CatalogueCache) -> Session | None:
    """Return the session after the last of `past` (not empty), None if no event counts."""
    return recount(past, catalogue.products(products_in(past)), past[-1].received_at)


def first_visit(decision: Decision) -> Session:
    """Return the session of a decision that was made before any of its events."""
    return Session(
        session_id=decision.session_id,
        started_at=decision.decided_at,
        watermark=decision.decided_at,
        region=decision.context.region,
        device=decision.context.device,
    )
