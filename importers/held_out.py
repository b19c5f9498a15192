"""Sessions held out for replay: gathered in buckets on disk, written session by session."""

import heapq
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Self
from zlib import crc32

from personalization.codec.json_codec import EVENT, JsonCodec
from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId, ShopUserId
from personalization.ports.event_history import EventHistory
from personalization.ports.people.pseudonyms import Pseudonyms

NOTHING_YET = datetime.max.replace(tzinfo=UTC)
"""The boundary where what is held out comes from a file of its own."""
BUCKETS = 32
"""Memory holds one bucket at a time: a 32nd of what is held out."""
SESSIONS_A_CALL = 500
Visit = tuple[Event, ...]
"""The events of one session, oldest first."""
_VISIT: JsonCodec[Visit] = JsonCodec(Visit)


@dataclass(frozen=True, slots=True)
class HeldOutCounts:
    """How many events and sessions were held out."""

    events: int
    sessions: int


class HeldOutSessions:
    """Events from the boundary on. A session belongs where it starts.

    Sessions that have earlier events in the history go to the history after all; the others
    are written to the file for replay, by the start of the session. Without a boundary there
    is nothing to keep, and no file.
    """

    def __init__(
        self, path: Path, boundary: datetime | None, pseudonyms: Pseudonyms | None = None
    ) -> None:
        """Users keep the ids that they have where there are no pseudonyms."""
        self.boundary = boundary
        self._pseudonyms = pseudonyms
        self.first: datetime | None = None
        """The earliest moment of what was kept."""
        self._path = path
        self._folder = path.with_suffix(".buckets")
        self._open = ExitStack()
        self._buckets: list[BinaryIO] = []

    def __enter__(self) -> Self:
        """Make room for the buckets beside the file, without what a killed import left."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if self.boundary is not None:
            self._folder.mkdir(parents=True)
            self._buckets = [
                self._open.enter_context(self._bucket(number).open("wb"))
                for number in range(BUCKETS)
            ]
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def takes(self, event: Event) -> bool:
        """Keep the event if it occurred at the boundary or later, and say whether it was."""
        if self.boundary is None or event.occurred_at < self.boundary:
            return False
        if self.first is None or event.occurred_at < self.first:
            self.first = event.occurred_at
        bucket = self._buckets[crc32(event.session_id.encode()) % BUCKETS]
        bucket.write(EVENT.encode(self._hide(event)) + b"\n")
        return True

    def _hide(self, event: Event) -> Event:
        if event.user_id is None or self._pseudonyms is None:
            return event
        shop_id = ShopUserId(event.user_id)
        names = self._pseudonyms.of_many([shop_id], keep=False)
        return replace(event, user_id=names[shop_id])

    def take_all(self) -> None:
        """Keep whatever comes from now on, whenever it occurred."""
        self.boundary = datetime.min.replace(tzinfo=UTC)

    def write(self, history: EventHistory) -> HeldOutCounts:
        """Write the file for replay whole or not at all, and give the rest to the history."""
        if self.boundary is None:
            self._path.unlink(missing_ok=True)
            return HeldOutCounts(0, 0)
        self._open.close()
        for number in range(BUCKETS):
            visits = _sessions_from(_visits(self._bucket(number)), history, self.boundary)
            visits.sort(key=_start)
            with self._bucket(number).open("wb") as file:
                file.writelines(_VISIT.encode(visit) + b"\n" for visit in visits)
        part = self._path.with_suffix(".part")
        events = sessions = 0
        with part.open("wb") as file:
            streams = [_read_visits(self._bucket(number)) for number in range(BUCKETS)]
            for visit in heapq.merge(*streams, key=_start):
                file.writelines(EVENT.encode(event) + b"\n" for event in visit)
                sessions += 1
                events += len(visit)
        part.replace(self._path)
        return HeldOutCounts(events, sessions)

    def _bucket(self, number: int) -> Path:
        return self._folder / f"{number:02d}.jsonl"


def _start(visit: Visit) -> tuple[datetime, str]:
    return visit[0].occurred_at, visit[0].session_id


def _visits(bucket: Path) -> list[Visit]:
    """Return the bucket's sessions; an event that came twice is there once."""
    by_session: dict[SessionId, dict[str, Event]] = {}
    with bucket.open("rb") as file:
        for line in file:
            event = EVENT.decode(line)
            by_session.setdefault(event.session_id, {}).setdefault(event.event_id, event)
    return [
        tuple(sorted(events.values(), key=lambda event: event.occurred_at))
        for events in by_session.values()
    ]


def _sessions_from(
    visits: Sequence[Visit], history: EventHistory, boundary: datetime
) -> list[Visit]:
    """Return the sessions that start at the boundary or later; append the others."""
    kept: list[Visit] = []
    for place in range(0, len(visits), SESSIONS_A_CALL):
        some = visits[place : place + SESSIONS_A_CALL]
        known = history.read_many([visit[0].session_id for visit in some])
        begun = {
            session for session, past in known.items() if past and past[0].occurred_at < boundary
        }
        kept += [visit for visit in some if visit[0].session_id not in begun]
        history.append([event for visit in some if visit[0].session_id in begun for event in visit])
    return kept


def _read_visits(bucket: Path) -> Iterator[Visit]:
    with bucket.open("rb") as file:
        for line in file:
            yield _VISIT.decode(line)
