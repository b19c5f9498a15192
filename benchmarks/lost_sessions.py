"""What it costs that the scorer and the API ask the history for what Redis does not have.

    python -m benchmarks.lost_sessions --home var/demo

The shop at `--home` lends its held-out sessions, moved to the present, and decides once for each.
They are kept in a temporary home, or in Cassandra where the settings name nodes, and read from
there. Time as it passes, not the processor's; the ratios are to one read of Redis.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar
from uuid import uuid4

from rich.console import Console
from rich.table import Column, Table

from evaluation.held_out import held_out_sessions
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.clock import SystemClock
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, SessionId
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.stores import KeptStores, LiveStores
from personalization.profiles.builder import stored_profile
from personalization.profiles.last_profile import last_profile
from personalization.sessions.counting import products_in
from personalization.sessions.recount import recount
from personalization.settings.cassandra import CassandraSettings
from personalization.wiring import CoreSettings, open_kept, open_live, open_ranking
from realtime.lost_sessions import LostSessions

SESSIONS = 320
BATCH = 32
"""As many records as the scorer takes at once."""
ROUNDS = 200
_CLOCK = SystemClock()
_One = TypeVar("_One")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    home = parser.parse_args().home
    with TemporaryDirectory() as folder, stores(Path(folder)) as (kept, live):
        records, sessions = fill(home, kept)
        lost = LostSessions(kept.history, kept.decisions, CatalogueCache(kept.catalogue), _CLOCK)
        find, read_profile = partial(lost.find, {}), partial(read_last_profile, kept)
        following = partial(replace, event_id=EventId("next"), received_at=_CLOCK.now())
        known = [[following(events[-1])] for events in sessions]
        rows = [
            ("read a session of Redis (floor)", each(live.sessions.read_many, new_ids(1))),
            ("scorer, a new session", each(find, new_events(1))),
            ("scorer, 32 new sessions", each(find, new_events(BATCH))),
            ("scorer, a lost session", each(find, known)),
            ("API, nothing was decided", each(read_profile, [new for [new] in new_ids(1)])),
            ("API, the last profile", each(read_profile, records)),
        ]
    events = sum(map(len, sessions)) / len(sessions)
    show(rows, f"{len(sessions)} sessions of {events:.0f} events")


@contextmanager
def stores(folder: Path) -> Iterator[tuple[KeptStores, LiveStores]]:
    """Open empty stores of the stack that the settings name."""
    settings = CoreSettings.of_home(folder)
    settings = replace(settings, cassandra=settings.cassandra.patient())
    with open_kept(settings) as kept, open_live(settings) as live:
        yield kept, live


def fill(home: Path, kept: KeptStores) -> tuple[list[SessionId], list[list[Event]]]:
    """Keep the shop's sessions as if they had just been here; return them."""
    files = replace(CoreSettings.of_home(home), cassandra=CassandraSettings(contact_points=None))
    now = datetime.now(UTC)
    with open_kept(files) as shop:
        ranking = open_ranking(shop, files)
        held_out = islice(held_out_sessions(files.storage.held_out_file), SESSIONS)
        sessions = [as_new_session(events, now) for events in held_out]
        records: list[DecisionRecord] = []
        for events in sessions:
            session = recount(events, ranking.catalogue.products(products_in(events)), now)
            assert session is not None  # noqa: S101 - held-out sessions are of known products
            records.append(ranking.maker.make(replace(session, profile_version=1), now))
        for chunk in shop.catalogue.all_products():
            kept.catalogue.write_products(chunk)
    kept.history.append([event for events in sessions for event in events])
    kept.decisions.append(records)
    return [record.decision.session_id for record in records], sessions


def as_new_session(events: Sequence[Event], now: datetime) -> list[Event]:
    """Return the events as a new session that has just ended."""
    session_id, shift = SessionId(str(uuid4())), now - events[-1].occurred_at
    moments = [event.occurred_at + shift for event in events]
    return [
        replace(event, session_id=session_id, occurred_at=moment, received_at=moment)
        for event, moment in zip(events, moments, strict=True)
    ]


def read_last_profile(kept: KeptStores, session_id: SessionId) -> object:
    """Do what the API does for a profile that Redis does not have."""
    profile = last_profile(kept.decisions, session_id, _CLOCK.now())
    return profile and stored_profile(profile)


def new_ids(count: int) -> list[list[SessionId]]:
    return [[SessionId(str(uuid4())) for _ in range(count)] for _ in range(ROUNDS)]


def new_events(count: int) -> list[list[Event]]:
    moment = _CLOCK.now()
    return [
        [
            Event(
                event_id=EventId(str(uuid4())),
                session_id=session_id,
                type=EventType.PRODUCT_VIEW,
                occurred_at=moment,
                received_at=moment,
            )
            for session_id in ids
        ]
        for ids in new_ids(count)
    ]


def each(call: Callable[[_One], object], values: Sequence[_One]) -> list[float]:
    """Return how long the call took for each value, in seconds."""
    call(values[0])
    times = []
    for value in values[:ROUNDS]:
        started = time.perf_counter()
        call(value)
        times.append(time.perf_counter() - started)
    return times


def show(rows: Sequence[tuple[str, list[float]]], title: str) -> None:
    """Print medians, and what one in a hundred took at least."""
    numbers = [Column(name, justify="right") for name in ("p50 ms", "p99 ms", "to floor")]
    table = Table("what", *numbers, title=title, title_justify="left")
    floor = median(rows[0][1])
    for what, times in rows:
        high = sorted(times)[len(times) * 99 // 100]
        half = median(times)
        table.add_row(what, f"{1e3 * half:.2f}", f"{1e3 * high:.2f}", f"{half / floor:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
