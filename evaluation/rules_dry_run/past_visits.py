from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple

from evaluation.served_ranking import session_queries
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.own_decisions import is_own
from personalization.domain.consent import ConsentPurpose
from personalization.domain.decision import Decision
from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.sessions.recount import first_visit, session_after, up_to
from personalization.sessions.refusals import Refusals

OF_A_SESSION = 50
"""Decisions taken of one session, so that a long visit does not outweigh the others."""
MOST_LOOKED_THROUGH = 4 * OF_A_SESSION
"""Rows of its pages among them."""
SESSIONS_AT_ONCE = 50


class Visit(NamedTuple):
    """A session as it stood when something was decided for it."""

    session: Session
    now: datetime


def last_visits(
    history: EventHistory,
    decisions: DecisionHistory,
    catalogue: CatalogueCache,
    now: datetime,
    limit: int,
) -> Iterator[Visit]:
    """Yield the visits of at most `limit` decisions, newest sessions first."""
    return islice(_visits(history, decisions, catalogue, now, limit), limit)


def _visits(
    history: EventHistory,
    decisions: DecisionHistory,
    catalogue: CatalogueCache,
    now: datetime,
    limit: int,
) -> Iterator[Visit]:
    sessions = _newest_sessions(history, limit)
    for start in range(0, len(sessions), SESSIONS_AT_ONCE):
        chunk = sessions[start : start + SESSIONS_AT_ONCE]
        events = history.read_many(chunk)
        for session_id in chunk:
            refusals = Refusals(ConsentPurpose.MEASURE)
            for event in events.get(session_id, ()):
                refusals.hear(session_id, event.occurred_at, event.consent)
            kept = decisions.list_session(session_id, now, MOST_LOOKED_THROUGH)
            # What would change is said of the page's own placements; rows ask other things.
            counted = (record for record in kept if not refusals.covers(record.decision))
            for record in islice(filter(is_own, counted), OF_A_SESSION):
                session = _session(record.decision, events.get(session_id, ()), catalogue)
                if session is not None:
                    session = replace(session, profile_version=record.profile.version)
                    yield Visit(session, record.decision.decided_at)


def held_out_visits(
    sessions: Iterable[Sequence[Event]], catalogue: CatalogueCache, limit: int
) -> Iterator[Visit]:
    """Yield the visits of sessions that nothing was decided for."""
    queries = chain.from_iterable(session_queries(events, catalogue) for events in sessions)
    return islice((Visit(session, now) for session, now, _ in queries), limit)


def _newest_sessions(history: EventHistory, limit: int) -> list[SessionId]:
    """Return sessions of the newest days, the one with the newest event first."""
    found: dict[SessionId, None] = {}
    for day in reversed(list(history.days())):
        of_day: dict[SessionId, None] = {}
        for chunk in history.read_day(day):
            for event in chunk:
                # Put last again: the order is that of the newest event.
                of_day.pop(event.session_id, None)
                of_day[event.session_id] = None
        found.update(dict.fromkeys(session for session in reversed(of_day) if session not in found))
        if len(found) >= limit:
            break
    return list(found)[:limit]


def _session(
    decision: Decision, events: Iterable[Event], catalogue: CatalogueCache
) -> Session | None:
    if decision.last_event_id is not None:
        past = up_to(events, decision.last_event_id)
        session = session_after(past, catalogue) if past else None
        return None if session is None else replace(session, by_pieces=decision.by_pieces)
    if decision.evidence:
        return None
    return first_visit(decision)
