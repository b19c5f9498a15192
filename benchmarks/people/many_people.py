"""A home of many people, each with the visits and the tastes of a real person, drawn at random."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from benchmarks.table.bench_home import prepare_home
from personalization.domain.errors import NoActiveGenerationError
from personalization.domain.event import Event
from personalization.domain.identifiers import EventId, SessionId, UserId
from personalization.domain.prior import PriorKey, PriorTable, RankedList
from personalization.ports.event_history import EventHistory
from personalization.ports.stores import KeptStores
from personalization.wiring import CoreSettings, open_kept

AT_ONCE = 5_000
"""Events of one call."""
Visits = Mapping[UserId, Mapping[SessionId, Sequence[Event]]]


def make_people(given: Path, home: Path, people: int, seed: int) -> datetime:
    """Fill a new home from one that ran a night; return an hour after its newest event."""
    prepare_home(given, home)
    with open_kept(CoreSettings.of_home(given)) as kept:
        visits = _visits_of_people(kept.history)
        tastes = _tastes_of(kept, list(visits))
    chosen = random.Random(seed).choices(list(visits), k=people)
    with open_kept(CoreSettings.of_home(home)) as kept:
        some: list[Event] = []
        for person, model in zip(person_ids(people), chosen, strict=True):
            some += _copy_visits(person, visits[model])
            if len(some) >= AT_ONCE:
                kept.history.append(some)
                some = []
        kept.history.append(some)
        generation = kept.priors.active()
        if generation is None:
            raise NoActiveGenerationError
        kept.priors.write_many(
            generation.generation_id,
            (
                ((PriorTable.USER_TASTES, person), tastes[model])
                for person, model in zip(person_ids(people), chosen, strict=True)
                if model in tastes
            ),
        )
    newest = max(
        event.received_at
        for sessions in visits.values()
        for events in sessions.values()
        for event in events
    )
    return newest + timedelta(hours=1)


def person_ids(people: int) -> Iterator[UserId]:
    return (UserId(f"person-{number}") for number in range(people))


def _visits_of_people(history: EventHistory) -> Visits:
    found: defaultdict[UserId, defaultdict[SessionId, list[Event]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for day in history.days():
        for events in history.read_day(day):
            for event in events:
                if event.user_id is not None:
                    found[event.user_id][event.session_id].append(event)
    return found


def _tastes_of(kept: KeptStores, people: Sequence[UserId]) -> Mapping[UserId, RankedList]:
    generation = kept.priors.active()
    if generation is None:
        raise NoActiveGenerationError
    keys: list[PriorKey] = [(PriorTable.USER_TASTES, person) for person in people]
    found = kept.priors.read_many(generation.generation_id, keys)
    return {UserId(name): members for (_, name), members in found.items()}


def _copy_visits(person: UserId, visits: Mapping[SessionId, Sequence[Event]]) -> Iterator[Event]:
    for former, events in visits.items():
        session_id = SessionId(str(uuid5(NAMESPACE_OID, f"{person}/{former}")))
        for number, event in enumerate(events):
            yield replace(
                event,
                event_id=EventId(f"{person}/{former}/{number}"),
                session_id=session_id,
                user_id=person,
            )
